const MICROS_PER_SECOND = 1_000_000;
const NANOS_PER_MICRO = 1_000;
/** Maximum of protobuf's Duration: 10,000 years. */
const MAX_SECONDS = 315_576_000_000;

/**
 * Reads a duration in protobuf's JSON form, `10s` or `0.5s`.
 * @returns microseconds, with nanoseconds as a fraction; undefined for another form
 */
export function parseProtoDuration(text: string): number | undefined {
  const [, seconds, fraction = ''] = /^(\d{1,12})(?:\.(\d{1,9}))?s$/.exec(text) ?? [];
  if (seconds === undefined || Number(seconds) > MAX_SECONDS) return undefined;
  return Number(seconds) * MICROS_PER_SECOND + Number(fraction.padEnd(9, '0')) / NANOS_PER_MICRO;
}

/** Writes microseconds as {@link parseProtoDuration} reads them: `10s`, `0.1s`. */
export function formatProtoDuration(durationMicros: number): string {
  const { seconds, nanos } = splitDuration(durationMicros);
  const fraction = String(nanos).padStart(9, '0').replace(/0+$/, '');
  return fraction === '' ? `${seconds}s` : `${seconds}.${fraction}s`;
}

/** Whole seconds, and the rest in nanoseconds, of a duration in microseconds. */
export function splitDuration(durationMicros: number): { seconds: number; nanos: number } {
  const seconds = Math.floor(durationMicros / MICROS_PER_SECOND);
  const nanos = Math.round((durationMicros - seconds * MICROS_PER_SECOND) * NANOS_PER_MICRO);
  return nanos === 1_000_000_000 ? { seconds: seconds + 1, nanos: 0 } : { seconds, nanos };
}

/** The microseconds of {@link splitDuration}'s parts. */
export function joinDuration(seconds: number, nanos: number): number {
  return seconds * MICROS_PER_SECOND + nanos / NANOS_PER_MICRO;
}
