import type { WireTimestamp } from '../protocol/messages.ts';

/** Commit and read times: whole microseconds since the Unix epoch, the finest that Firestore keeps. */
export type Micros = number;

/** Writes a time as the wire's seconds and nanoseconds. */
export function timestampOfMicros(micros: Micros): WireTimestamp {
  const seconds = Math.floor(micros / 1_000_000);
  return { seconds: String(seconds), nanos: (micros - seconds * 1_000_000) * 1_000 };
}

/** Reads a time; what is finer than a microsecond is cut off. */
export function microsOfTimestamp(timestamp: WireTimestamp): Micros {
  return Number(timestamp.seconds) * 1_000_000 + Math.floor(timestamp.nanos / 1_000);
}
