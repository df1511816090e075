import type { Server } from '@grpc/grpc-js';
import { wrapStreamHandlers } from './wrap-stream-handlers.ts';

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

/**
 * Lets calls have any timeout: one that no timer can measure counts as none. grpc-js has no setting for it. Call it
 * before the server takes connections.
 * @throws {Error} if grpc-js has changed, so that the header would stay
 */
export function acceptLongDeadlines(server: Server): void {
  wrapStreamHandlers(server, TIMEOUT_HEADER, (stream, headers, next) => {
    if (isTooLong(headers[TIMEOUT_HEADER])) delete headers[TIMEOUT_HEADER];
    next(stream, headers);
  });
}

function isTooLong(timeout: string | readonly string[] | undefined): boolean {
  const [, amount, unit = ''] = TIMEOUT.exec(String(timeout)) ?? [];
  return Number(amount) * (UNIT_MS[unit] ?? 0) > MAX_TIMER_MS;
}
