const MICROS_PER_SECOND = 1_000_000;

/** Reads a duration in protobuf's JSON form, `10s` or `0.5s`. @returns microseconds, or undefined for another form */
export function parseProtoDuration(text: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(text);
  return match === null ? undefined : Math.round(Number(match[1]) * MICROS_PER_SECOND);
}

/** Writes microseconds as {@link parseProtoDuration} reads them: `10s`, `0.1s`. */
export function formatProtoDuration(durationMicros: number): string {
  return `${(durationMicros / MICROS_PER_SECOND).toFixed(6).replace(/\.?0+$/, '')}s`;
}
