import type { IncomingHttpHeaders } from 'node:http2';
import type { Server } from '@grpc/grpc-js';

/** The longest delay that timers take, some 25 days: grpc-js turns a longer timeout into a deadline in the past. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const TIMEOUT_HEADER = 'grpc-timeout';
/** Source: gRPC over HTTP/2, "Timeout". */
const TIMEOUT = /^(\d+)([HMSmun])$/;
const UNIT_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 0.001,
  n: 0.000_001,
};
const HANDLERS = ['_streamHandler', '_channelzHandler'] as const;

type Handler = (interceptors: unknown, stream: unknown, headers: IncomingHttpHeaders) => void;

/**
 * Lets calls have any timeout: one that no timer can measure counts as none. grpc-js has no setting for it, and reads the
 * header before its interceptors run. To be called before the server takes connections.
 * @throws {Error} if grpc-js has changed, so that nothing would be mended
 */
export function acceptLongDeadlines(server: Server): void {
  const handlers = server as unknown as Record<(typeof HANDLERS)[number], Handler | undefined>;
  for (const name of HANDLERS) {
    const handle = handlers[name];
    if (handle === undefined) {
      throw new Error(`grpc-js has no Server.${name} any more: look how it reads ${TIMEOUT_HEADER} now`);
    }
    handlers[name] = (interceptors, stream, headers) => {
      if (isTooLong(headers[TIMEOUT_HEADER])) delete headers[TIMEOUT_HEADER];
      handle.call(server, interceptors, stream, headers);
    };
  }
}

function isTooLong(timeout: string | readonly string[] | undefined): boolean {
  const [, amount, unit = ''] = TIMEOUT.exec(String(timeout)) ?? [];
  return Number(amount) * (UNIT_MS[unit] ?? 0) > MAX_TIMER_MS;
}
