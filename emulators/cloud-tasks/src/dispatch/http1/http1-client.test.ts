import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { lookupWithLocalhost } from '../lookup-with-localhost.ts';
import type { TargetRequest } from '../target-request.ts';
import { Http1Client } from './http1-client.ts';
import type { Http1Response } from './http1-response.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
const REQUEST_END = /\r\n\r\n/g;

describe('Http1Client', () => {
  let client: Http1Client;
  let server: Server;
  let sockets: Socket[];
  let clockMs: () => number;
  let origin: string;
  /** Called for each request head, with its number within the connection. */
  let onRequest: (socket: Socket, count: number, connection: number) => void;

  beforeEach(async () => {
    clockMs = () => performance.now();
    sockets = [];
    client = new Http1Client({ lookup: lookupWithLocalhost, monotonicMs: () => clockMs() });
    server = createServer((socket) => {
      const connection = sockets.push(socket);
      let count = 0;
      socket.on('error', () => {});
      socket.on('data', (bytes: Buffer) => {
        for (const _ of bytes.toString('latin1').matchAll(REQUEST_END))
          onRequest(socket, ++count, connection);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    client.close();
    server.close();
    for (const socket of sockets) socket.destroy();
  });

  function send(request: Partial<TargetRequest> = {}): Promise<Http1Response> {
    const whole = {
      origin,
      path: '/',
      method: 'POST',
      headers: [],
      body: Buffer.alloc(0),
      ...request,
    } as const;
    return new Promise((resolve, reject) => {
      client.send(whole, (error, response) => (response === undefined ? reject(error) : resolve(response)));
    });
  }

  it('uses an idle connection again', async () => {
    onRequest = (socket) => socket.write(OK);
    for (let count = 0; count < 20; count += 1) assert.equal((await send()).status, 200);
    assert.equal(sockets.length, 1);
  });

  it('opens few connections to a handler that responds at once', async () => {
    clockMs = () => 0;
    onRequest = (socket) => socket.write(OK);
    await Promise.all(Array.from({ length: 500 }, () => send()));
    assert.ok(sockets.length <= 64, `${sockets.length} connections`);
  });

  it('opens a connection for each request that a handler keeps open', async () => {
    const waiting: Socket[] = [];
    const all = new Promise<void>((resolve) => {
      onRequest = (socket) => {
        if (waiting.push(socket) === 300) resolve();
      };
    });
    const responses = Array.from({ length: 300 }, () => send());
    await all;
    for (const socket of waiting) socket.write(OK);
    await Promise.all(responses);
    assert.equal(sockets.length, 300);
  });

  it('does not send again what a closed connection lost: the handler may have seen it', async () => {
    onRequest = (socket, count) => (count === 1 ? socket.write(OK) : socket.destroy());
    await send();
    await assert.rejects(send());
    assert.equal(sockets.length, 1);
  });

  it('does not send again over a new connection that closes', async () => {
    onRequest = (socket) => socket.end();
    await assert.rejects(send(), { message: 'other side closed' });
    assert.equal(sockets.length, 1);
  });

  it('does not send again what got the start of a response', async () => {
    onRequest = (socket, count) => (count === 1 ? socket.write(OK) : socket.end('HTTP/1.1 200'));
    await send();
    await assert.rejects(send(), { message: 'other side closed' });
    assert.equal(sockets.length, 1);
  });

  it('takes a connection out of use that its handler closes', async () => {
    onRequest = (socket) => socket.write(OK);
    await send();
    const closed = once(sockets[0] as Socket, 'close');
    sockets[0]?.end();
    await closed;
    await send();
    assert.equal(sockets.length, 2);
  });

  it('takes a connection out of use that sends junk', async () => {
    onRequest = (socket, _count, connection) => {
      socket.write(connection === 1 ? `${OK}HTTP/1.1 500 Junk\r\nContent-Length: 0\r\n\r\n` : OK);
    };
    await send();
    assert.equal((await send()).status, 200);
    assert.equal(sockets.length, 2);
  });

  it('takes a connection out of use that sends junk while it is idle', async () => {
    onRequest = (socket) => socket.write(OK);
    await send();
    const closed = once(sockets[0] as Socket, 'close');
    sockets[0]?.write('HTTP/1.1 500 Junk\r\nContent-Length: 0\r\n\r\n');
    await closed;
    assert.equal((await send()).status, 200);
  });

  it('closes a connection that its handler keeps for a second only', async () => {
    onRequest = (socket) =>
      socket.write('HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 0\r\n\r\n');
    await send();
    await send();
    assert.equal(sockets.length, 2);
  });

  it('takes a response that comes before the request has gone', async () => {
    const body = Buffer.alloc(16 * 1_048_576);
    onRequest = (socket) => {
      socket.pause();
      socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n');
    };
    assert.equal((await send({ body })).status, 413);
    onRequest = (socket) => socket.write(OK);
    assert.equal((await send()).status, 200);
    assert.equal(sockets.length, 2);
  });

  it('waits for headers that come slowly', async () => {
    onRequest = (socket) => {
      const bytes = [...OK];
      const next = (): void => {
        const byte = bytes.shift();
        if (byte !== undefined) socket.write(byte, () => setImmediate(next));
      };
      next();
    };
    assert.equal((await send()).status, 200);
  });

  it('ends with headers that do not end', async () => {
    onRequest = (socket) => {
      const more = (): void => {
        if (!socket.destroyed) socket.write('X-More: x\r\n'.repeat(100), () => setImmediate(more));
      };
      socket.write('HTTP/1.1 200 OK\r\n');
      more();
    };
    await assert.rejects(send(), { message: /^Response does not match .*Headers Overflow/ });
  });

  it('fails with a body that is cut', async () => {
    onRequest = (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello');
    await assert.rejects(send(), { message: 'other side closed' });
  });

  it('fails where nothing listens', async () => {
    const closed = once(server, 'close');
    server.close();
    await closed;
    const results = await Promise.allSettled(Array.from({ length: 50 }, () => send()));
    for (const result of results) {
      assert.match(String(result.status === 'rejected' && result.reason), /ECONNREFUSED/);
    }
  });

  it('closes the connection of a cancelled request, and passes over one that waits', async () => {
    let received = 0;
    const arrived = new Promise<Socket>((resolve) => {
      onRequest = (socket) => {
        received += 1;
        resolve(socket);
      };
    });
    const whole = { origin, path: '/', method: 'POST', headers: [], body: Buffer.alloc(0) } as const;
    const ended = (): void => assert.fail('a cancelled request hears nothing');
    const first = client.send(whole, ended);
    const second = client.send(whole, ended);
    second.cancel();
    const socket = await arrived;
    const closed = once(socket, 'close');
    first.cancel();
    await closed;
    assert.equal(received, 1);
  });

  for (const [title, request, message] of [
    ['a header that breaks the line', { headers: [['X-A', 'b\r\nX-C: d']] }, 'invalid x-a header'],
    ['a header beyond latin1', { headers: [['X-A', '€']] }, 'invalid x-a header'],
    ['a name that is none', { headers: [['X A', 'b']] }, 'invalid header key'],
    ['a path with a blank', { path: '/a b' }, 'invalid request path'],
  ] as const) {
    it(`refuses ${title}`, async () => {
      await assert.rejects(send(request), { name: 'UnsendableError', message });
    });
  }
});
