import { type Server, status } from '@grpc/grpc-js';
import type { AllowedHosts } from './allowed-hosts.ts';
import { wrapStreamHandlers } from './wrap-stream-handlers.ts';

const AUTHORITY_HEADER = ':authority';

/**
 * Answers PERMISSION_DENIED to calls whose `:authority` is not allowed. Call it before the server takes connections.
 * @throws {Error} if grpc-js has changed, so that nothing would be checked
 */
export function refuseForeignAuthorities(server: Server, hosts: AllowedHosts): void {
  wrapStreamHandlers(server, AUTHORITY_HEADER, (stream, headers, next) => {
    const authority = headers[AUTHORITY_HEADER] ?? headers.host ?? '';
    if (hosts.allows(authority)) return next(stream, headers);
    // A response of trailers alone (gRPC over HTTP/2, "Trailers-Only").
    stream.respond(
      {
        ':status': 200,
        'content-type': 'application/grpc+proto',
        'grpc-status': String(status.PERMISSION_DENIED),
        'grpc-message': encodeURIComponent(hosts.refusalOf(authority)),
      },
      { endStream: true },
    );
  });
}
