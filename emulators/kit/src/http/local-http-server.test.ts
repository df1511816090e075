import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { RequestListener, Server, ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import sinon from 'sinon';
import { AllowedHosts } from './allowed-hosts.ts';
import { createLocalHttpServer, type ReceiveTimeouts } from './local-http-server.ts';
import { RequestTargetError } from './request-target.ts';

const HEAD = 'Host: localhost\r\nConnection: close\r\n';

describe('createLocalHttpServer()', () => {
  let server: Server;
  let clock: sinon.SinonFakeTimers | undefined;

  afterEach(() => {
    clock?.restore();
    clock = undefined;
    server.closeAllConnections();
    server.close();
  });

  async function start(listener: RequestListener, timeouts?: ReceiveTimeouts): Promise<void> {
    server = createLocalHttpServer(listener, new AllowedHosts(), timeouts).listen(0, '127.0.0.1');
    await once(server, 'listening');
  }

  function open(text: string): Socket {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write(text);
    return socket;
  }

  async function readAll(socket: Socket): Promise<string> {
    let text = '';
    for await (const chunk of socket) text += chunk;
    return text;
  }

  for (const [name, target, host] of [
    ['a Host', '/', 'evil.example'],
    ['the second of two Hosts', '/', 'localhost\r\nHost: evil.example'],
    ['the host of an absolute-form target', 'http://evil.example/', 'localhost'],
  ] as const) {
    it(`answers 403 to ${name} that is not allowed, without a call of the listener`, async () => {
      const listener = sinon.spy();
      await start(listener);
      const socket = open(`POST ${target} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 2\r\n\r\n{}`);
      const response = await readAll(socket);
      assert.match(response, /^HTTP\/1\.1 403 .*"code":"NOT_FROM_HERE".*evil\.example/s);
      assert.equal(listener.callCount, 0);
    });
  }

  const throws: [name: string, listener: RequestListener][] = [
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
    ['rejects', async () => Promise.reject(new Error('broken'))],
  ];
  for (const [name, listener] of throws) {
    it(`answers 500 when the listener ${name}, and goes on`, async () => {
      await start(listener);
      const request = `GET / HTTP/1.1\r\n${HEAD}\r\n`;
      assert.match(await readAll(open(request)), /^HTTP\/1\.1 500 .*"code":"INTERNAL"/s);
      assert.match(await readAll(open(request)), /^HTTP\/1\.1 500 /);
    });
  }

  it('answers 400 when the listener refuses the request target', async () => {
    await start(() => {
      throw new RequestTargetError('The target is bad');
    });
    const text = await readAll(open(`GET / HTTP/1.1\r\n${HEAD}\r\n`));
    assert.match(text, /^HTTP\/1\.1 400 .*"code":"BAD_REQUEST_TARGET","title":"The target is bad"/s);
  });

  it('cuts a response off when the listener fails after its start', async () => {
    await start(async (_request, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('12');
      throw new Error('broken');
    });
    const text = await readAll(open(`GET / HTTP/1.1\r\n${HEAD}\r\n`)).catch(() => '');
    assert.doesNotMatch(text, /500/);
  });

  for (const [name, text] of [
    ['sends nothing', ''],
    ['sends half of its headers', 'GET / HTTP/1.1\r\nHost: loc'],
  ] as const) {
    it(`cuts off a client that ${name}`, async () => {
      await start(() => assert.fail('no request came'), { headersMs: 50, checkIntervalMs: 10 });
      assert.match(await readAll(open(text)), /^HTTP\/1\.1 408 /);
    });
  }

  const readBody: RequestListener = (request, response) =>
    request.resume().on('end', () => response.end('all read'));

  for (const [name, text] of [
    ['announces a body and sends none', `POST / HTTP/1.1\r\n${HEAD}Content-Length: 10\r\n\r\n`],
    ['sends half of its body', `POST / HTTP/1.1\r\n${HEAD}Content-Length: 10\r\n\r\n12345`],
    [
      'sends some chunks of its body',
      `POST / HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n`,
    ],
  ] as const) {
    it(`cuts off a client that ${name}`, async () => {
      await start(readBody, { bodyMs: 50 });
      assert.match(await readAll(open(text)), /^HTTP\/1\.1 408 /);
    });
  }

  it('refuses a transfer coding other than chunked, and closes the connection', async () => {
    await start(readBody);
    const text = await readAll(
      open(
        `POST / HTTP/1.1\r\n${HEAD}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\nGET /next HTTP/1.1\r\n\r\n`,
      ),
    );
    assert.match(text, /^HTTP\/1\.1 501 .*UNSUPPORTED_TRANSFER_CODING/s);
    assert.equal(text.match(/HTTP\/1\.1/g)?.length, 1);
  });

  it('cuts off a client that sends its body after the response', async () => {
    await start((_request, response) => response.end('too early'), { bodyMs: 50 });
    const text = await readAll(open('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n12'));
    assert.match(text, /too early$/);
  });

  it('waits for a listener that reads the body late', async () => {
    clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const request = Promise.withResolvers<Parameters<RequestListener>>();
    await start((...pair) => request.resolve(pair));
    const body = 'x'.repeat(200_000);
    const socket = open(
      `POST / HTTP/1.1\r\n${HEAD}Content-Length: ${body.length}\r\n\r\n${body.slice(0, 100_000)}`,
    );
    const [incoming, response] = await request.promise;
    while (incoming.readableLength === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.tick(95_000);
    socket.write(body.slice(100_000));
    readBody(incoming, response as ServerResponse & { req: typeof incoming });
    assert.match(await readAll(socket), /^HTTP\/1\.1 200 .*all read/s);
  });

  it('lets a response take any time', async () => {
    clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const answered = Promise.withResolvers<ServerResponse>();
    await start((_request, response) => answered.resolve(response), { headersMs: 20, checkIntervalMs: 5 });
    const socket = open(`POST / HTTP/1.1\r\n${HEAD}Content-Length: 2\r\n\r\n12`);
    const response = await answered.promise;
    response.write('first');
    await once(socket, 'data');
    clock.tick(3_600_000);
    // A client that sends nothing is cut off meanwhile: the checks ran.
    await once(open('').resume(), 'close');
    response.end('last');
    assert.match(await readAll(socket), /last/);
  });
});
