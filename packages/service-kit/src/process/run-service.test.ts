import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import http from 'node:http';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import Koa from 'koa';
import { LogSink } from '../../test/log-sink.ts';
import { createLogger, type Logger } from '../logging/logger.ts';
import { type RunningService, type RunServiceOptions, runService } from './run-service.ts';
import { createShutdown } from './shutdown.ts';

describe('runService()', () => {
  let sink: LogSink;
  let logger: Logger;
  let service: RunningService | undefined;
  let child: ChildProcess | undefined;
  const agent = new http.Agent({ keepAlive: true });

  beforeEach(() => {
    sink = new LogSink();
    logger = createLogger({ service: 's', version: 'v', destination: sink });
  });

  afterEach(async () => {
    await service?.stop();
    service = undefined;
    child?.kill('SIGKILL');
    child = undefined;
    agent.destroy();
  });

  async function run(
    app: http.RequestListener,
    options: Partial<RunServiceOptions> = {},
  ): Promise<RunningService> {
    service = await runService({ app, port: 0, host: '127.0.0.1', logger, ...options });
    return service;
  }

  /** Over an agent of this test, which keeps connections alive. */
  async function get(url: string): Promise<{ status: number; connection: string | undefined; body: string }> {
    const request = http.get(url, { agent });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    let body = '';
    for await (const chunk of response) body += chunk;
    return { status: response.statusCode ?? 0, connection: response.headers.connection, body };
  }

  it('listens, and says where', async () => {
    const { url, port } = await run((_, response) => response.end('ok'));
    assert.equal((await get(url)).body, 'ok');
    assert.partialDeepStrictEqual(sink.of('listening'), [{ host: '127.0.0.1', port }]);
  });

  it('names a taken port', async () => {
    const { port } = await run((_, response) => response.end());
    await assert.rejects(runService({ app: () => {}, port, host: '127.0.0.1', logger }), {
      name: 'ServiceError',
      code: 'PORT_TAKEN',
      message: `Port ${port} on 127.0.0.1 is taken: end the program that uses it, or choose another port`,
    });
  });

  it('takes requests of the front door only, and hides its secret from the listener', async () => {
    const seen: http.IncomingHttpHeaders[] = [];
    const listener: http.RequestListener = ({ headers }, response) => {
      seen.push(headers);
      response.end('ok');
    };
    const { url } = await run(listener, { frontDoorToken: 'secret' });
    const statusWith = async (headers: Record<string, string>) => (await fetch(url, { headers })).status;
    assert.equal(await statusWith({}), 403);
    assert.equal(await statusWith({ 'x-app-engine-emulator-service-token': 'guess' }), 403);
    assert.match((await get(url)).body, /"code":"PAST_FRONT_DOOR"/);
    assert.partialDeepStrictEqual(sink.of('request refused').at(-1), {
      ...{ severity: 'WARNING', code: 'PAST_FRONT_DOOR', claimedIdentity: '127.0.0.1' },
    });
    assert.equal(await statusWith({ 'X-App-Engine-Emulator-Service-Token': 'secret' }), 200);
    assert.deepEqual(
      seen.map((headers) => headers['x-app-engine-emulator-service-token']),
      [undefined],
    );
  });

  const throws: [name: string, app: http.RequestListener][] = [
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
    ['rejects', async () => Promise.reject(new Error('broken'))],
  ];
  for (const [name, app] of throws) {
    it(`answers 500 when the listener ${name}, logs it, and goes on`, async () => {
      const { url } = await run(app);
      assert.equal((await get(url)).status, 500);
      assert.match((await get(url)).body, /"code":"INTERNAL"/);
      assert.equal(sink.of('listener failed').length, 2);
    });
  }

  for (const target of ['*', 'x', 'http://', 'http://[::1', '//a@[::1#', '/\\a@[::1#', '/a\tb', '/\u00a0']) {
    it(`answers 400 to the request target ${JSON.stringify(target)}, and goes on`, async () => {
      const { port, url } = await run(new Koa().use((ctx) => ctx.throw(404, ctx.path)).callback());
      const socket = connect(port, '127.0.0.1');
      socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, 'latin1');
      let received = '';
      for await (const chunk of socket) received += chunk;
      assert.match(received, /^HTTP\/1\.1 400 /);
      assert.equal((await get(`${url}//`)).status, 404);
    });
  }

  for (const coding of [
    'gzip, chunked',
    'gzip,chunked',
    'identity, chunked',
    'Deflate, Chunked',
    'chunked, chunked',
  ]) {
    it(`refuses the transfer coding "${coding}", and closes the connection`, async () => {
      const { port } = await run((request, response) => request.pipe(response));
      const socket = connect(port, '127.0.0.1');
      const body = '0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n';
      socket.write(`POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: ${coding}\r\n\r\n${body}`);
      let received = '';
      for await (const chunk of socket) received += chunk;
      assert.match(received, /^HTTP\/1\.1 (?:501|400) /);
      assert.equal(received.match(/HTTP\/1\.1/g)?.length, 1);
    });
  }

  it('takes a chunked body', async () => {
    const { url } = await run((request, response) => request.pipe(response));
    const sent = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.from('chunk'));
        controller.close();
      },
    });
    const response = await fetch(url, { method: 'POST', body: sent, duplex: 'half' } as RequestInit);
    assert.equal(await response.text(), 'chunk');
  });

  it('gives an absolute-form request target to the listener as a path', async () => {
    const { port } = await run((request, response) => response.end(request.url));
    const request = http.get({ port, host: '127.0.0.1', path: 'http://shop.example/a?b=c', agent });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    let body = '';
    for await (const chunk of response) body += chunk;
    assert.equal(body, '/a?b=c');
  });

  for (const [name, text] of [
    ['sends nothing', ''],
    ['sends half of its headers', 'GET / HTTP/1.1\r\nHost: loc'],
    ['sends half of its body', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12'],
  ] as const) {
    it(`cuts off a client that ${name}`, async () => {
      const { port } = await run((request, response) => request.resume().on('end', () => response.end()), {
        receiveTimeouts: { headersMs: 50, requestMs: 60, checkIntervalMs: 10 },
      });
      const socket = connect(port, '127.0.0.1');
      socket.write(text);
      let received = '';
      for await (const chunk of socket) received += chunk;
      assert.match(received, /^HTTP\/1\.1 408 /);
    });
  }

  it('lets a response take longer than a request may', async () => {
    const taken = Promise.withResolvers<http.ServerResponse>();
    const { url, port } = await run((_, response) => taken.resolve(response), {
      receiveTimeouts: { headersMs: 20, requestMs: 20, checkIntervalMs: 5 },
    });
    const answered = get(url);
    const response = await taken.promise;
    response.write('first ');
    // A client that sends nothing is cut off meanwhile: the checks ran.
    await once(connect(port, '127.0.0.1').resume(), 'close');
    response.end('last');
    assert.equal((await answered).body, 'first last');
  });

  it("keeps idle connections longer than App Engine's front end does", async () => {
    const { url } = await run((_, response) => response.end());
    const request = http.get(url, { agent });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    response.resume();
    const seconds = Number(/timeout=(\d+)/.exec(String(response.headers['keep-alive']))?.[1]);
    assert.ok(seconds > 650, `${response.headers['keep-alive']}`);
  });

  /** A listener that keeps requests to /slow, and tells when one has arrived. */
  function slowListener(): { listener: http.RequestListener; arrived: Promise<http.ServerResponse> } {
    const arrival = Promise.withResolvers<http.ServerResponse>();
    const listener: http.RequestListener = (request, response) => {
      if (request.url === '/slow') arrival.resolve(response);
      else response.end('quick');
    };
    return { listener, arrived: arrival.promise };
  }

  it('closes idle connections at the end, takes none, and waits for the answer under way', async () => {
    const order: string[] = [];
    const { listener, arrived } = slowListener();
    const { url, stopped } = await run(listener, {
      onStop: [async () => void order.push('hook 1'), async () => void order.push('hook 2')],
      exit: (code) => order.push(`exit ${code}`),
    });
    const slow = get(`${url}/slow`);
    const held = await arrived;
    // A second connection of the agent; idle from here on.
    await get(`${url}/quick`);
    const stopping = service?.stop();
    await assert.rejects(fetch(url), { message: 'fetch failed' });
    assert.deepEqual(order, []);
    held.end('whole');
    assert.deepEqual(await slow, { status: 200, connection: 'close', body: 'whole' });
    assert.deepEqual(await stopped, { clean: true });
    assert.deepEqual(await stopping, { clean: true });
    assert.deepEqual(order, ['hook 1', 'hook 2', 'exit 0']);
  });

  it('cuts off what is not done within the grace, and still runs the hooks', async () => {
    const codes: number[] = [];
    const { listener, arrived } = slowListener();
    let hookRan = false;
    const { url } = await run(listener, {
      graceMs: 60,
      onStop: [
        async () => {
          hookRan = true;
        },
      ],
      exit: (code) => codes.push(code),
    });
    const slow = assert.rejects(get(`${url}/slow`), { code: 'ECONNRESET' });
    await arrived;
    assert.deepEqual(await service?.stop(), { clean: false });
    await slow;
    assert.ok(hookRan);
    assert.deepEqual(codes, [1]);
    assert.equal(sink.of('requests cut off')[0]?.['count'], 1);
  });

  it('does not wait for a hook that hangs, and goes on after one that fails', async () => {
    let lastRan = false;
    await run((_, response) => response.end(), {
      graceMs: 60,
      onStop: [
        () => Promise.reject(new Error('no')),
        async () => {
          lastRan = true;
        },
        () => new Promise<void>(() => {}),
      ],
    });
    assert.deepEqual(await service?.stop(), { clean: false });
    assert.ok(lastRan);
    assert.equal(sink.of('stop hook failed')[0]?.error?.message, 'no');
    assert.equal(sink.of('stop hooks not done in time').length, 1);
  });

  it('ends at once if the signal came before it listened', async () => {
    const signals = new EventEmitter();
    const shutdown = createShutdown({ signals, logger });
    signals.emit('SIGTERM');
    const { stopped } = await run((_, response) => response.end(), { shutdown });
    assert.deepEqual(await stopped, { clean: true });
  });

  it('lets go of the signals at the end', async () => {
    const signals = new EventEmitter();
    await run((_, response) => response.end(), { signals });
    assert.equal(signals.listenerCount('SIGTERM') + signals.listenerCount('SIGINT'), 2);
    signals.emit('SIGINT');
    await service?.stopped;
    assert.equal(signals.listenerCount('SIGTERM') + signals.listenerCount('SIGINT'), 0);
  });

  it('ends a process on a real SIGTERM: work handed back, answered, exit code 0', async () => {
    const script = new URL('../../test/child-service.ts', import.meta.url).pathname;
    child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    const childSink = new LogSink();
    if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => childSink.write(line));
    const { port } = await childSink.waitFor('listening');
    const slow = get(`http://127.0.0.1:${port}/slow`);
    await childSink.waitFor('slow request arrived');
    child.kill('SIGTERM');
    assert.deepEqual(await slow, { status: 200, connection: 'close', body: '{"handedBack":true}' });
    assert.deepEqual(await exited, [0, null]);
    await childSink.waitFor('clients closed');
    assert.partialDeepStrictEqual(childSink.of('stopping'), [{ reason: 'SIGTERM' }]);
    assert.equal((await childSink.waitFor('stopped'))['clean'], true);
  });
});

describe('createShutdown()', () => {
  it('aborts stopping once, at the first of several signals', () => {
    const sink = new LogSink();
    const signals = new EventEmitter();
    const logger = createLogger({ service: 's', version: 'v', destination: sink });
    const { stopping, dispose } = createShutdown({ signals, logger });
    assert.equal(stopping.aborted, false);
    signals.emit('SIGTERM');
    signals.emit('SIGINT');
    assert.equal(stopping.aborted, true);
    assert.match(String(stopping.reason), /The service is stopping: SIGTERM/);
    assert.equal(sink.of('stopping').length, 1);
    dispose();
  });
});
