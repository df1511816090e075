import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import * as grpc from '@grpc/grpc-js';
import { GrpcServer } from '../grpc/grpc-server.ts';
import { AllowedHosts } from './allowed-hosts.ts';
import { listenOnOnePort, type OnePortServer } from './one-port-server.ts';

const echo: grpc.ServiceDefinition = {
  echo: {
    path: '/test.Echo/Echo',
    requestStream: false,
    responseStream: false,
    requestSerialize: (value: Buffer) => value,
    requestDeserialize: (value: Buffer) => value,
    responseSerialize: (value: Buffer) => value,
    responseDeserialize: (value: Buffer) => value,
  },
};

type EchoCall = (request: Buffer, answered: (error: grpc.ServiceError | null, reply: Buffer) => void) => void;

describe('listenOnOnePort()', () => {
  let server: OnePortServer;
  let client: grpc.Client | undefined;
  let held: (() => void) | undefined;

  beforeEach(async () => {
    const grpcServer = new GrpcServer();
    grpcServer.addService(echo, {
      echo: (call, respond) => {
        if (call.request.toString() === 'hold') held = () => respond(null, Buffer.from('released'));
        else respond(null, call.request);
      },
    });
    server = await listenOnOnePort({
      host: '127.0.0.1',
      port: 0,
      hosts: new AllowedHosts(),
      grpc: grpcServer,
      http: (_request, response) => response.end('over http'),
    });
  });

  afterEach(async () => {
    client?.close();
    client = undefined;
    held = undefined;
    await server.close(0);
  });

  function call(text: string): Promise<string> {
    const Client = grpc.makeGenericClientConstructor(echo, 'Echo');
    client ??= new Client(`127.0.0.1:${server.port}`, grpc.credentials.createInsecure());
    const method = (client as unknown as { echo: EchoCall }).echo.bind(client);
    return new Promise((resolve, reject) =>
      method(Buffer.from(text), (error, reply) => (error ? reject(error) : resolve(reply.toString()))),
    );
  }

  it('answers gRPC and HTTP/1.1 on the same port', async () => {
    assert.equal(await call('over grpc'), 'over grpc');
    const response = await fetch(`http://127.0.0.1:${server.port}/`);
    assert.equal(await response.text(), 'over http');
  });

  it('tells them apart even when the first bytes come one by one', async () => {
    const socket = connect(server.port, '127.0.0.1');
    socket.setNoDelay(true);
    await once(socket, 'connect');
    // "PRI", as HTTP/2's preface begins, but a method of HTTP/1.1 as far as it goes.
    for (const character of 'P') socket.write(character);
    socket.write('OST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    let text = '';
    for await (const chunk of socket) text += chunk;
    assert.match(text, /over http$/);
  });

  it('answers a client that has ended its half of the connection', async () => {
    const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.end('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    let text = '';
    for await (const chunk of socket) text += chunk;
    assert.match(text, /over http$/);
  });

  for (const [name, text, status] of [
    ['sends nothing', '', /^$/],
    ['sends the beginning of a preface', 'PRI * HT', /^$/],
    ['sends half of its headers', 'GET / HTTP/1.1\r\nHost: loc', /^HTTP\/1\.1 408 /],
    [
      'sends half of its body',
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n12',
      /^HTTP\/1\.1 408 /,
    ],
  ] as const) {
    it(`cuts off a client that ${name}`, async () => {
      await server.close(0);
      server = await listenOnOnePort({
        host: '127.0.0.1',
        port: 0,
        hosts: new AllowedHosts(),
        grpc: new GrpcServer(),
        http: (request, response) => request.resume().on('end', () => response.end()),
        timeouts: { headersMs: 50, bodyMs: 50, checkIntervalMs: 10 },
      });
      const socket = connect(server.port, '127.0.0.1');
      socket.write(text);
      let received = '';
      for await (const chunk of socket) received += chunk;
      assert.match(received, status);
    });
  }

  it('answers 500 when its HTTP listener throws, and goes on', async () => {
    await server.close(0);
    server = await listenOnOnePort({
      host: '127.0.0.1',
      port: 0,
      hosts: new AllowedHosts(),
      http: () => {
        throw new Error('broken');
      },
    });
    for (let count = 0; count < 2; count++) {
      const response = await fetch(`http://127.0.0.1:${server.port}/`);
      assert.equal(response.status, 500);
      assert.match(await response.text(), /broken/);
    }
  });

  it('names the port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await assert.rejects(
      listenOnOnePort({ host: '127.0.0.1', port, hosts: new AllowedHosts(), http: () => {} }),
      {
        code: 'PORT_TAKEN',
        message: new RegExp(`Port ${port} on 127\\.0\\.0\\.1 is taken`),
      },
    );
    other.close();
  });

  it('does not wait for connections that are only kept alive', async () => {
    const response = await fetch(`http://127.0.0.1:${server.port}/`);
    assert.equal(await response.text(), 'over http');
    // Far beyond the test's own time-out: only a connection that is closed at once lets it pass.
    await server.close(60_000);
  });

  it('closes also when a client breaks off meanwhile', async () => {
    const socket = connect(server.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n12');
    await once(socket, 'data');
    const closed = server.close(1_000);
    socket.resetAndDestroy();
    await closed;
  });

  it('lets an open call end when it closes, and cuts the idle connection', async () => {
    assert.equal(await call('connected'), 'connected');
    const answer = call('hold');
    while (held === undefined) await new Promise((resolve) => setImmediate(resolve));
    const closed = server.close(5_000);
    held();
    assert.equal(await answer, 'released');
    await closed;
    await assert.rejects(call('after'), { code: grpc.status.UNAVAILABLE });
  });
});
