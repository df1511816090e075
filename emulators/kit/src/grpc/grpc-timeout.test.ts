import assert from 'node:assert/strict';
import { connect, type IncomingHttpHeaders } from 'node:http2';
import { AllowedHosts } from '../http/allowed-hosts.ts';
import { listenOnOnePort, type OnePortServer } from '../http/one-port-server.ts';
import { GrpcServer } from './grpc-server.ts';
import type { GrpcServiceDefinition } from './grpc-service.ts';

const bytes = (value: Buffer): Buffer => value;
const method = {
  requestStream: false,
  requestDeserialize: bytes,
  responseSerialize: bytes,
};
const service: GrpcServiceDefinition = {
  echo: { ...method, path: '/test.Echo/Echo', responseStream: false },
  count: { ...method, path: '/test.Echo/Count', responseStream: true },
};
const EMPTY_MESSAGE = Buffer.alloc(5);
const DEADLINE_EXCEEDED = '4';

describe('parseGrpcTimeout()', () => {
  let server: OnePortServer;

  before(async () => {
    const grpcServer = new GrpcServer();
    grpcServer.addService(service, {
      // After a turn of the event loop, in which a deadline in the past is noticed.
      echo: (call, respond) => {
        setTimeout(() => respond(null, call.request), 5);
      },
      count: (call) => {
        call.write(Buffer.of(1));
        setTimeout(() => call.end(), 5);
      },
    });
    server = await listenOnOnePort({
      host: '127.0.0.1',
      port: 0,
      hosts: new AllowedHosts(),
      grpc: grpcServer,
      http: (_request, response) => response.end(),
    });
  });
  after(() => server.close(0));

  /** The status of a call with a timeout as it is on the wire. */
  async function statusOf(path: string, timeout: string): Promise<string> {
    const session = connect(`http://127.0.0.1:${server.port}`);
    try {
      const stream = session.request({
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc',
        te: 'trailers',
        'grpc-timeout': timeout,
      });
      const status = new Promise<IncomingHttpHeaders>((resolve, reject) => {
        stream.on('error', reject);
        stream.on('trailers', resolve);
        stream.on('response', (headers) => headers['grpc-status'] !== undefined && resolve(headers));
      });
      stream.resume();
      stream.end(EMPTY_MESSAGE);
      return String((await status)['grpc-status']);
    } finally {
      session.close();
    }
  }

  for (const path of ['/test.Echo/Echo', '/test.Echo/Count']) {
    for (const timeout of [
      '2147483S',
      '2147484S',
      '4294967S',
      '99999999S',
      '99999999H',
      '35792M',
      '597H',
      '2592000000m',
    ]) {
      it(`answers ${path} within ${timeout}`, async () => {
        assert.equal(await statusOf(path, timeout), '0');
      });
    }

    it(`ends ${path} at a timeout of no time`, async () => {
      assert.equal(await statusOf(path, '0m'), DEADLINE_EXCEEDED);
    });
  }
});
