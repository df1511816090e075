import assert from 'node:assert/strict';
import { once } from 'node:events';
import type http from 'node:http';
import type { AddressInfo } from 'node:net';
import net from 'node:net';
import { LogSink } from '../../test/log-sink.ts';
import { createLogger } from '../logging/logger.ts';
import { createService } from './create-service.ts';
import { readJsonBody } from './read-json-body.ts';

describe('readJsonBody()', () => {
  let server: http.Server;
  let sink: LogSink;
  let port: number;

  beforeEach(async () => {
    sink = new LogSink();
    const logger = createLogger({ service: 's', version: 'v', destination: sink });
    const app = createService({ logger });
    app.use(async (ctx) => {
      ctx.body = { got: await readJsonBody(ctx, { limitBytes: 1_000 }) };
    });
    server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });

  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  async function post(
    body: string | Uint8Array<ArrayBuffer> | ReadableStream | null,
    headers: Record<string, string>,
  ): Promise<[number, unknown]> {
    const response = await fetch(`http://127.0.0.1:${port}/`, {
      method: 'POST',
      body,
      headers,
      ...(body instanceof ReadableStream && { duplex: 'half' as const }),
    });
    const answer = (await response.json()) as Record<string, unknown>;
    return [response.status, answer['code'] ?? answer];
  }

  const JSON_TYPE = { 'Content-Type': 'application/json' };

  for (const type of [
    'application/json',
    'application/json; charset=utf-8',
    'application/json; charset="UTF-8"',
  ]) {
    it(`reads ${type}`, async () => {
      assert.deepEqual(await post('{"a":[1,"ü"]}', { 'Content-Type': type }), [
        200,
        { got: { a: [1, 'ü'] } },
      ]);
    });
  }

  it('reads a body that comes in chunks, and one with a byte order mark', async () => {
    const stream = new Blob(['{"a"', ':1}']).stream();
    assert.deepEqual(await post(stream, JSON_TYPE), [200, { got: { a: 1 } }]);
    assert.deepEqual(await post('\uFEFF1', JSON_TYPE), [200, { got: 1 }]);
  });

  for (const type of [
    'text/plain',
    'application/cloudevents+json',
    'application/x-www-form-urlencoded',
    'application/json; charset=latin1',
    'nonsense',
  ]) {
    it(`refuses ${type} with 415`, async () => {
      assert.deepEqual(await post('{}', { 'Content-Type': type }), [415, 'UNSUPPORTED_MEDIA_TYPE']);
    });
  }

  it('refuses a missing media type with 415', async () => {
    assert.deepEqual(await post(new Uint8Array([123, 125]), {}), [415, 'UNSUPPORTED_MEDIA_TYPE']);
  });

  it('refuses a compressed body with 415', async () => {
    assert.deepEqual(await post('x', { ...JSON_TYPE, 'Content-Encoding': 'gzip' }), [
      415,
      'UNSUPPORTED_CONTENT_ENCODING',
    ]);
  });

  it('takes a body of exactly the limit and refuses one byte more with 413', async () => {
    const exact = JSON.stringify('x'.repeat(998));
    assert.equal((await post(exact, JSON_TYPE))[0], 200);
    assert.deepEqual(await post(`${exact} `, JSON_TYPE), [413, 'BODY_TOO_LARGE']);
  });

  it('refuses a body of unknown length with 413, and lets a sender finish that reads the answer only then', async () => {
    const socket = net.connect(port, '127.0.0.1');
    try {
      socket.write(
        'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
      );
      // More than the socket buffers of both sides hold together: it only gets through if the server reads on.
      const chunk = Buffer.alloc(0x1000000, 'x');
      await new Promise((resolve) => socket.write(`1000000\r\n${chunk}\r\n0\r\n\r\n`, resolve));
      const [answer] = (await once(socket, 'data')) as [Buffer];
      assert.match(answer.toString(), /^HTTP\/1.1 413 .*BODY_TOO_LARGE/s);
      socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
      const [next] = (await once(socket, 'data')) as [Buffer];
      assert.match(next.toString(), /^HTTP\/1.1 200 /, 'the connection goes on');
    } finally {
      socket.destroy();
    }
  });

  it('refuses an empty body with 400', async () => {
    assert.deepEqual(await post('', JSON_TYPE), [400, 'BODY_EMPTY']);
    assert.deepEqual(await post(null, JSON_TYPE), [400, 'BODY_EMPTY']);
  });

  it('refuses what is not UTF-8 with 400', async () => {
    assert.deepEqual(await post(Buffer.from('"\xe4"', 'latin1'), JSON_TYPE), [400, 'BODY_NOT_UTF8']);
  });

  it('says where JSON breaks, and repeats nothing of the body', async () => {
    const response = await fetch(`http://127.0.0.1:${port}/`, {
      method: 'POST',
      body: '{"card": 4242x}',
      headers: JSON_TYPE,
    });
    const answer = await response.text();
    assert.equal(response.status, 400);
    assert.match(answer, /"code":"BODY_NOT_JSON"/);
    assert.match(answer, /at position 13 \(line 1 column 14\)/);
    assert.doesNotMatch(answer + JSON.stringify(sink.lines), /4242/);
  });

  it('logs a sender that goes away half-way as broken off', async () => {
    const socket = net.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"a"',
    );
    await once(server, 'request');
    socket.destroy();
    const line = await sink.waitFor('request broken off');
    assert.equal(line['severity'], 'INFO');
  });
});
