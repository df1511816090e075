import { invalidArgument } from '../engine/cloud-tasks-error.ts';
import { MICROS_PER_SECOND } from '../engine/micros.ts';

/** google.protobuf.Timestamp and Duration alike. */
export interface SecondsAndNanos {
  seconds?: unknown;
  nanos?: number | null | undefined;
}

/** The years 0001 to 9999, as timestamp.proto has it. */
const TIMESTAMP_SECONDS = [-62_135_596_800, 253_402_300_799] as const;
/** Ten thousand years either way, as duration.proto has it. */
const DURATION_SECONDS = [-315_576_000_000, 315_576_000_000] as const;

/** A Timestamp in whole microseconds since the Unix epoch. @throws {CloudTasksError} if it is none */
export function timestampMicros(
  field: string,
  value: SecondsAndNanos | null | undefined,
): number | undefined {
  return micros(field, value, TIMESTAMP_SECONDS);
}

/** A Duration in whole microseconds. @throws {CloudTasksError} if it is none */
export function durationMicros(field: string, value: SecondsAndNanos | null | undefined): number | undefined {
  return micros(field, value, DURATION_SECONDS);
}

/** Microseconds as a Timestamp or Duration. */
export function toSecondsAndNanos(valueMicros: number): { seconds: number; nanos: number } {
  const seconds = Math.floor(valueMicros / MICROS_PER_SECOND);
  return { seconds, nanos: Math.round(valueMicros - seconds * MICROS_PER_SECOND) * 1_000 };
}

function micros(
  field: string,
  value: SecondsAndNanos | null | undefined,
  [min, max]: readonly [number, number],
): number | undefined {
  if (value === null || value === undefined) return undefined;
  const seconds = Number(value.seconds ?? 0);
  const nanos = value.nanos ?? 0;
  if (!(seconds >= min && seconds <= max) || !(Math.abs(nanos) < 1_000_000_000)) {
    throw invalidArgument(`${field} is out of range: ${seconds} seconds and ${nanos} nanoseconds.`);
  }
  return seconds * MICROS_PER_SECOND + Math.floor(nanos / 1_000);
}
