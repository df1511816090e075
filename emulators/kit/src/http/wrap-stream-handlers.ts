import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Server } from '@grpc/grpc-js';

const HANDLERS = ['_streamHandler', '_channelzHandler'] as const;

type StreamHandler = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;
type GrpcHandler = (interceptors: unknown, stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

/**
 * Lets `handle` see each call before grpc-js does; `next` hands the call on. grpc-js runs its interceptors too late: it
 * has read the headers then, and calls of unknown methods reach none. Call it before the server takes connections.
 * @param reason part of the error's text: the setting that would be lost
 * @throws {Error} if grpc-js has changed, so that `handle` would never be called
 */
export function wrapStreamHandlers(
  server: Server,
  reason: string,
  handle: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, next: StreamHandler) => void,
): void {
  const handlers = server as unknown as Record<(typeof HANDLERS)[number], GrpcHandler | undefined>;
  for (const name of HANDLERS) {
    const inner = handlers[name];
    if (inner === undefined) {
      throw new Error(`grpc-js has no Server.${name} any more: look how it reads ${reason} now`);
    }
    handlers[name] = (interceptors, stream, headers) =>
      handle(stream, headers, (...call) => inner.call(server, interceptors, ...call));
  }
}
