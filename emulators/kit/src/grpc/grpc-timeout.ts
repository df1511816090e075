import { GrpcError, GrpcStatus } from './grpc-status.ts';

/** The maximum delay of a timer, some 25 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** Source: gRPC over HTTP/2, "Timeout". Clients send more than its 8 digits too. */
const TIMEOUT = /^(\d{1,15})([HMSmun])$/;
const UNIT_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 0.001,
  n: 0.000_001,
};

/**
 * Reads a `grpc-timeout`.
 * @returns milliseconds; undefined for one that no timer can measure, which counts as none
 * @throws {GrpcError} INTERNAL if it is none
 */
export function parseGrpcTimeout(text: string): number | undefined {
  const [, amount, unit = ''] = TIMEOUT.exec(text) ?? [];
  const unitMs = UNIT_MS[unit];
  if (unitMs === undefined) throw new GrpcError(GrpcStatus.INTERNAL, `Invalid grpc-timeout value "${text}"`);
  const ms = Math.ceil(Number(amount) * unitMs);
  return ms > MAX_TIMER_MS ? undefined : ms;
}
