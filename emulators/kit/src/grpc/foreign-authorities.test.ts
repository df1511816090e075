import assert from 'node:assert/strict';
import { connect, type IncomingHttpHeaders } from 'node:http2';
import * as grpc from '@grpc/grpc-js';
import { AllowedHosts } from '../http/allowed-hosts.ts';
import { listenOnOnePort, type OnePortServer } from '../http/one-port-server.ts';
import { GrpcServer } from './grpc-server.ts';

const bytes = (value: Buffer): Buffer => value;
const service: grpc.ServiceDefinition = {
  echo: {
    path: '/test.Echo/Echo',
    requestStream: false,
    responseStream: false,
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  },
};
const EMPTY_MESSAGE = Buffer.alloc(5);

describe('GrpcServer on foreign authorities', () => {
  let server: OnePortServer;
  let calls = 0;

  before(async () => {
    const grpcServer = new GrpcServer();
    grpcServer.addService(service, {
      echo: (call, respond) => {
        calls += 1;
        respond(null, call.request);
      },
    });
    server = await listenOnOnePort({
      host: '127.0.0.1',
      port: 0,
      hosts: new AllowedHosts({ further: ['cloud-tasks'] }),
      grpc: grpcServer,
      http: (_request, response) => response.end(),
    });
  });
  after(() => server.close(0));
  beforeEach(() => {
    calls = 0;
  });

  /** Status and message of a call. */
  async function call(
    authority: string,
    path = '/test.Echo/Echo',
    further: Record<string, string> = {},
  ): Promise<IncomingHttpHeaders> {
    const session = connect(`http://127.0.0.1:${server.port}`);
    try {
      const stream = session.request({
        ':method': 'POST',
        ':path': path,
        ':authority': authority,
        'content-type': 'application/grpc',
        te: 'trailers',
        ...further,
      });
      const ended = new Promise<IncomingHttpHeaders>((resolve, reject) => {
        stream.on('error', reject);
        stream.on('trailers', resolve);
        stream.on('response', (headers) => headers['grpc-status'] !== undefined && resolve(headers));
      });
      stream.resume();
      stream.end(EMPTY_MESSAGE);
      return await ended;
    } finally {
      session.close();
    }
  }

  for (const authority of ['evil.example', '127.0.0.1.nip.io:8123', 'localhost.evil.example']) {
    it(`answers PERMISSION_DENIED to a call of ${authority}, known method or not`, async () => {
      for (const path of ['/test.Echo/Echo', '/test.Echo/Nothing']) {
        const headers = await call(authority, path);
        assert.equal(headers['grpc-status'], String(grpc.status.PERMISSION_DENIED));
        assert.match(decodeURIComponent(String(headers['grpc-message'])), /--allow-host NAME/);
      }
      assert.equal(calls, 0);
    });
  }

  it('answers PERMISSION_DENIED to a foreign host field beside a local authority', async () => {
    const headers = await call('localhost:1', '/test.Echo/Echo', { host: 'evil.example' });
    assert.equal(headers['grpc-status'], String(grpc.status.PERMISSION_DENIED));
    assert.match(decodeURIComponent(String(headers['grpc-message'])), /"evil\.example"/);
    assert.equal(calls, 0);
  });

  for (const authority of ['localhost:1', '127.0.0.1:1', '[::1]:1', 'cloud-tasks:8123']) {
    it(`lets a call of ${authority} pass`, async () => {
      assert.equal((await call(authority))['grpc-status'], '0');
      assert.equal(calls, 1);
    });
  }
});
