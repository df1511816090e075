import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MovableClock } from '../movable-clock.ts';
import { AllowedHosts } from './allowed-hosts.ts';
import { createControlListener } from './control-listener.ts';
import { createLocalHttpServer } from './local-http-server.ts';
import { sendJson } from './send-json.ts';

describe('createControlListener()', () => {
  let server: Server;
  let clock: MovableClock;
  let base: string;

  beforeEach(async () => {
    clock = new MovableClock({ systemNowMs: () => 0 });
    server = createLocalHttpServer(
      createControlListener({
        service: 'test-emulator',
        clock,
        routes: { 'POST /emulator/echo': (_request, response, body) => sendJson(response, 200, body) },
        otherwise: (_request, response) => response.end('otherwise'),
      }),
      new AllowedHosts(),
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const put = (body: string) => fetch(`${base}/emulator/clock`, { method: 'PUT', body });

  it('tells its health and moves the clock', async () => {
    const health = await fetch(`${base}/emulator/health`);
    assert.deepEqual(await health.json(), { service: 'test-emulator', status: 'ok' });
    const moved = await put('{"offsetMs": 60000}');
    assert.deepEqual(await moved.json(), { now: '1970-01-01T00:01:00.000Z', offsetMs: 60_000 });
    assert.equal(clock.offsetMs, 60_000);
  });

  for (const [name, body, code] of [
    ['a move back', '{"offsetMs": -1}', 'BAD_OFFSET'],
    ['no offset', '{}', 'BAD_OFFSET'],
    ['no body', '', 'BAD_OFFSET'],
    ['no JSON', 'tomorrow', 'BODY_NOT_JSON'],
  ] as const) {
    it(`answers 400 to ${name}, and the clock stays`, async () => {
      const response = await put(body);
      assert.equal(response.status, 400);
      assert.equal(((await response.json()) as { code: string }).code, code);
      assert.equal(clock.offsetMs, 0);
    });
  }

  it('answers 413 to a body over 64 KiB', async () => {
    assert.equal((await put('x'.repeat(65 * 1024))).status, 413);
  });

  it('has routes of its own, names them where none fits, and hands the rest on', async () => {
    const echoed = await fetch(`${base}/emulator/echo`, { method: 'POST', body: '[1]' });
    assert.deepEqual(await echoed.json(), [1]);
    const missing = await fetch(`${base}/emulator/nothing`);
    assert.equal(missing.status, 404);
    assert.match(await missing.text(), /POST \/emulator\/echo/);
    assert.equal(await (await fetch(`${base}/v2/anything`)).text(), 'otherwise');
  });

  for (const [target, status] of [
    ['//', 200],
    ['//evil.example/emulator/clock', 200],
    ['http://localhost/emulator/clock', 200],
    ['/emulator/%zz', 404],
    ['*', 400],
    ['localhost:8080', 400],
    ['http://[::1/', 400],
  ] as const) {
    it(`answers ${status} to the request target ${target}`, async () => {
      const { hostname, port } = new URL(base);
      const request = httpRequest({ hostname, port, path: target });
      const [response] = await once(request.end(), 'response');
      response.resume();
      assert.equal(response.statusCode, status);
    });
  }

  it('answers a person who enters its address in a browser', async () => {
    const response = await fetch(`${base}/emulator/clock`, { headers: { 'sec-fetch-site': 'none' } });
    assert.equal(response.status, 200);
  });

  for (const [name, headers] of [
    ['a web page', { origin: 'http://127.0.0.1' }],
    ['an image of a web page', { 'sec-fetch-site': 'cross-site' }],
    ['a frame of a page of this machine', { 'sec-fetch-site': 'same-site' }],
    ['a name rebound to this machine', { host: 'evil.example' }],
    ['such a name that begins like a loopback address', { host: '127.0.0.1.evil.example:8080' }],
  ] as const) {
    it(`answers 403 to ${name}`, async () => {
      const request = httpRequest(`${base}/emulator/clock`, { headers }).end();
      const [response] = await once(request, 'response');
      response.resume();
      assert.equal(response.statusCode, 403);
    });
  }
});
