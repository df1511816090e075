import { once } from 'node:events';
import type { GrpcCall } from '../../src/grpc/grpc-call.ts';
import { GrpcServer, type GrpcServerOptions } from '../../src/grpc/grpc-server.ts';
import type { GrpcServiceDefinition } from '../../src/grpc/grpc-service.ts';
import { AllowedHosts } from '../../src/http/allowed-hosts.ts';
import { listenOnOnePort, type OnePortServer } from '../../src/http/one-port-server.ts';

const method = (name: string, requestStream: boolean, responseStream: boolean) => ({
  path: `/test.Echo/${name}`,
  requestStream,
  responseStream,
  requestSerialize: (bytes: Buffer) => bytes,
  requestDeserialize: (bytes: Buffer) => {
    if (bytes.toString() === 'undecodable') throw new Error('not a message');
    return bytes;
  },
  responseSerialize: (bytes: Buffer) => bytes,
  responseDeserialize: (bytes: Buffer) => bytes,
});

/** Methods for tests, for servers and clients alike. */
export const echoService = {
  Echo: method('Echo', false, false),
  Count: method('Count', false, true),
  Chat: method('Chat', true, true),
  Hold: method('Hold', false, false),
} satisfies GrpcServiceDefinition;

/** A server for tests. */
export interface EchoServer extends OnePortServer {
  /** Calls of Hold and Chat that were not ended yet. */
  readonly held: Set<GrpcCall>;
  /** How many calls were handled. */
  readonly handled: () => number;
}

/**
 * Starts a server. Echo answers the request; `fail…` fails, `throw` throws. Count streams as many messages as the
 * request says. Chat answers each message. Hold answers never.
 */
export async function startEchoServer(options: GrpcServerOptions = {}): Promise<EchoServer> {
  const grpc = new GrpcServer(options);
  const held = new Set<GrpcCall>();
  let handled = 0;
  const hold = (call: GrpcCall): void => {
    held.add(call);
    call.on('cancelled', () => held.delete(call));
  };
  grpc.addService(echoService, {
    Echo(call, respond) {
      handled++;
      const text = String(call.request);
      if (text === 'throw') throw new Error('thrown');
      if (text === 'odd') respond(null, 5);
      else if (text === 'metadata') respond(null, Buffer.from(JSON.stringify(call.metadata.get('x-bin'))));
      else if (text.startsWith('fail')) {
        respond({ code: 5, details: text, trailers: { 'details-bin': Buffer.of(0, 255), plain: 'text' } });
      } else respond(null, call.request);
    },
    async Count(call) {
      handled++;
      const [count = '', size = '1'] = String(call.request).split('×');
      for (let number = 0; number < Number(count) && !call.cancelled; number++) {
        if (!call.write(Buffer.alloc(Number(size), String(number)))) await once(call, 'drain');
      }
      call.end();
    },
    Chat(call) {
      handled++;
      hold(call);
      call.on('data', (request: Buffer) => {
        const text = String(request);
        if (text === 'fail' || text === 'throw') held.delete(call);
        if (text === 'fail') call.fail({ code: 9, details: 'as wanted' });
        else if (text === 'throw') throw new Error('thrown');
        else if (text === 'pause') call.pause();
        else call.write(request);
      });
      call.on('end', () => {
        held.delete(call);
        call.end();
      });
    },
    Hold(call) {
      handled++;
      hold(call);
    },
  });
  const server = await listenOnOnePort({
    host: '127.0.0.1',
    port: 0,
    hosts: new AllowedHosts(),
    grpc,
    http: (_request, response) => response.end('over http'),
  });
  return { ...server, held, handled: () => handled };
}
