import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { AppEngineEmulator } from '../src/index.ts';
import { send } from './http-client.ts';
import { eventThat, runEmulator } from './run-emulator.ts';
import { makeSmallService, type SmallService } from './small-service.ts';

const megabyte = 1024 * 1024;

describe('the front door as a proxy', () => {
  let emulator: AppEngineEmulator;
  let service: SmallService;

  before(async () => {
    service = makeSmallService();
    emulator = await runEmulator({ services: [{ appYaml: service.appYaml }] });
    await emulator.whenReady();
  });

  after(async () => {
    await emulator.close();
    service.remove();
  });

  async function open(path: string, { port } = emulator): Promise<IncomingMessage> {
    const sent = request({ port, host: '127.0.0.1', path, agent: false }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return response;
  }

  it('hands events on as they come', async () => {
    const response = await open('/events');
    const [first] = (await once(response, 'data')) as [Buffer];
    assert.equal(first.toString(), 'data: first\n\n');
    // The second is written only now: had the first been held back, the test would not have come here.
    const second = once(response, 'data');
    await send(emulator.port, { path: '/next' });
    assert.equal(String((await second)[0]), 'data: second\n\n');
    response.destroy();
  });

  it('hands the start of an answer on before there is any of its body', async () => {
    const response = await open('/headers-only');
    assert.equal(response.headers['content-type'], 'text/event-stream');
    response.destroy();
  });

  it('hands a body on as it comes, with or without a length', async () => {
    const body = Buffer.alloc(5 * megabyte, 'x');
    const withLength = await send(emulator.port, { method: 'POST', path: '/length', body });
    assert.deepEqual(withLength.json(), { length: body.length });
    const headers = { 'Transfer-Encoding': 'chunked' };
    const chunked = await send(emulator.port, { method: 'POST', path: '/length', body, headers });
    assert.deepEqual(chunked.json(), { length: body.length });
    const odd = await send(emulator.port, { method: 'DELETE', path: '/length', body: 'abc', headers });
    assert.deepEqual(odd.json(), { length: 3 });
  });

  it('announces no body where there is none', async () => {
    const headers = (await send(emulator.port, { method: 'POST' })).json()['headers'] as Record<
      string,
      string
    >;
    assert.equal(headers['content-length'], '0');
    assert.equal(headers['transfer-encoding'], undefined);
  });

  it('refuses more than 32 MB with 413, announced or not', async () => {
    const announced = await send(emulator.port, {
      method: 'POST',
      path: '/length',
      headers: { 'Content-Length': String(32 * megabyte + 1), Expect: '100-continue' },
    });
    assert.equal(announced.status, 413);
    assert.match(announced.body, /at most 32 MB/);
    const body = Buffer.alloc(32 * megabyte + 1);
    const headers = { 'Transfer-Encoding': 'chunked' };
    const unannounced = await send(emulator.port, { method: 'POST', path: '/length', body, headers });
    assert.equal(unannounced.status, 413);
    const justFits = await send(emulator.port, { method: 'POST', path: '/length', body: body.subarray(1) });
    assert.deepEqual(justFits.json(), { length: 32 * megabyte });
  });

  it('cuts the connection to the service when the client goes away', async () => {
    const hanging = eventThat(emulator, 'log', ({ line }) => line === 'hanging');
    const gone = eventThat(emulator, 'log', ({ line }) => line === 'client gone');
    const reported = eventThat(emulator, 'request', ({ path }) => path === '/hang');
    const sent = request({ port: emulator.port, host: '127.0.0.1', path: '/hang', agent: false }).end();
    sent.on('error', () => {});
    await hanging;
    sent.destroy();
    await gone;
    assert.equal((await reported).status, 0);
  });

  it('answers 504 when the service takes longer than its deadline, and cuts a stream off there', async () => {
    const impatient = await runEmulator({
      services: [{ appYaml: service.appYaml }],
      deadlines: { automatic: 300 },
    });
    try {
      const answer = await send(impatient.port, { path: '/hang' });
      assert.equal(answer.status, 504);
      assert.match(answer.body, /service "default", version "v1".*deadline of 0\.3 s/);
      await assert.rejects(send(impatient.port, { path: '/events' }), { code: 'ECONNRESET' });
    } finally {
      await impatient.close();
    }
  });

  it('answers 502 when the service dies over a request, and serves the next one', async () => {
    const died = eventThat(emulator, 'instance', ({ state }) => state === 'died');
    const answer = await send(emulator.port, { path: '/exit' });
    assert.equal(answer.status, 502);
    await died;
    assert.equal((await send(emulator.port)).status, 200);
  });

  it('answers 502 when the service changes to another protocol, and gives it no WebSocket to answer', async () => {
    const sent = {
      headers: { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' },
    };
    const plain = (await send(emulator.port, sent)).json()['headers'] as Record<string, string>;
    assert.deepEqual([plain['upgrade'], plain['connection']], [undefined, 'keep-alive']);
    const answer = await send(emulator.port, { path: '/switch' });
    assert.equal(answer.status, 502);
    assert.match(answer.body, /answered with 101/);
  });

  it("answers 502 when the service's answer can't be handed on", async () => {
    const answer = await send(emulator.port, { path: '/odd' });
    assert.equal(answer.status, 502);
    assert.match(answer.body, /can't be handed on \(.*statusMessage/);
  });

  it('hands on every byte of a header', async () => {
    const answer = await send(emulator.port, { path: '/umlaut' });
    // Node reads the two bytes of a "ü" in UTF-8 as two letters of Latin-1.
    assert.equal(answer.headers['x-name'], Buffer.from('Grün').toString('latin1'));
  });

  it('cuts an answer off that the service breaks off', async () => {
    await assert.rejects(send(emulator.port, { path: '/cut' }), { code: 'ECONNRESET' });
    await assert.rejects(send(emulator.port, { path: '/cut?length' }), { code: 'ECONNRESET' });
  });

  it('lets go of the instance when an upload is broken off', async () => {
    const reported = eventThat(emulator, 'request', ({ path }) => path === '/length?broken');
    const socket = connect(emulator.port, '127.0.0.1');
    const arrived = eventThat(emulator, 'log', ({ line }) => line === 'uploading');
    socket.write('POST /length?broken HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc');
    await arrived;
    socket.destroy();
    assert.equal((await reported).status, 0);
    assert.equal(emulator.services()[0]?.instances[0]?.requests, 0);
  });

  it('reads no more of an answer than its client takes', async () => {
    const socket = connect(emulator.port, '127.0.0.1').pause();
    const full = eventThat(emulator, 'log', ({ line }) => line === 'no more is taken');
    socket.write('GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await full;
    const gone = eventThat(emulator, 'log', ({ line }) => line === 'endless ended');
    socket.destroy();
    await gone;
  });

  it('serves a thousand requests at once, ten at a time by each of its instances', async () => {
    const busy = await runEmulator({ services: [{ appYaml: service.appYaml }] });
    try {
      await busy.whenReady();
      const statuses = await Promise.all(
        Array.from({ length: 1000 }, async () => (await send(busy.port, { path: '/length' })).status),
      );
      assert.deepEqual([...new Set(statuses)], [200]);
      const instances = busy.services()[0]?.instances.length ?? 0;
      assert.ok(instances > 1 && instances <= 4, String(instances));
    } finally {
      await busy.close();
    }
  });

  it('cuts streams off when the emulator ends, after the service had its time', async () => {
    const ending = await runEmulator({ services: [{ appYaml: service.appYaml }] });
    const response = await open('/events', ending);
    await once(response, 'data');
    const cut = once(response, 'error');
    await ending.close();
    assert.equal(((await cut)[0] as NodeJS.ErrnoException).code, 'ECONNRESET');
  });

  it('keeps the path as it was sent, and takes whole URLs as proxies send them', async () => {
    const path = '/a%2Fb/..;/c?x=%20&y=1';
    assert.equal((await send(emulator.port, { path })).json()['path'], path);
    const whole = await send(emulator.port, { path: 'http://localhost/echo?z' });
    assert.equal(whole.json()['path'], '/echo?z');
  });

  it('answers requests that follow each other on one connection', async () => {
    const socket = connect(emulator.port, '127.0.0.1');
    socket.write(
      'POST /length HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nab' +
        'HEAD /echo HTTP/1.1\r\nHost: localhost\r\n\r\n' +
        'POST /length HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc',
    );
    const answers = await text(socket);
    assert.equal(answers.match(/HTTP\/1\.1 200/g)?.length, 3);
    assert.ok(answers.includes('{"length":2}') && answers.includes('{"length":3}'));
  });
});
