import type { SecondsAndNanos } from '@waybill/emulator-kit/rest';
import { invalidArgument, invalidRequest } from '../engine/cloud-tasks-error.ts';
import { MICROS_PER_SECOND } from '../engine/micros.ts';

const YEAR_10000_SECONDS = 253_402_300_800;
/** Ten thousand years either way, as duration.proto has it. */
const MAX_DURATION_SECONDS = 315_576_000_000;

/**
 * A Timestamp in whole microseconds since the Unix epoch. As recorded, times before the year 1 are taken.
 * @throws {CloudTasksError} from the year 10000 on
 */
export function timestampMicros(value: SecondsAndNanos | null | undefined): number | undefined {
  if (value === null || value === undefined) return undefined;
  const seconds = Number(value.seconds ?? 0);
  const nanos = value.nanos ?? 0;
  if (!(seconds < YEAR_10000_SECONDS) || !(Math.abs(nanos) < 1_000_000_000)) throw invalidRequest();
  return seconds * MICROS_PER_SECOND + Math.floor(nanos / 1_000);
}

/** A Duration in microseconds, with nanoseconds as their fraction. @throws {CloudTasksError} if it is none */
export function durationMicros(field: string, value: SecondsAndNanos | null | undefined): number | undefined {
  if (value === null || value === undefined) return undefined;
  const seconds = Number(value.seconds ?? 0);
  const nanos = value.nanos ?? 0;
  if (!(Math.abs(seconds) <= MAX_DURATION_SECONDS) || !(Math.abs(nanos) < 1_000_000_000)) {
    throw invalidArgument(`${field} is out of range: ${seconds} seconds and ${nanos} nanoseconds.`);
  }
  return seconds * MICROS_PER_SECOND + nanos / 1_000;
}

/** Microseconds as a Timestamp or Duration. */
export function toSecondsAndNanos(valueMicros: number): { seconds: number; nanos: number } {
  const seconds = Math.floor(valueMicros / MICROS_PER_SECOND);
  return { seconds, nanos: Math.round((valueMicros - seconds * MICROS_PER_SECOND) * 1_000) };
}
