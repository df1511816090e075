const MICROS_PER_SECOND = 1_000_000;

/** Reads a duration as the API's JSON spells it, `10s` or `0.5s`. @returns microseconds, or undefined for another form */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(text);
  return match === null ? undefined : Math.round(Number(match[1]) * MICROS_PER_SECOND);
}

/** Spells microseconds as {@link parseDuration} reads them: `10s`, `0.1s`. */
export function formatDuration(micros: number): string {
  return `${(micros / MICROS_PER_SECOND).toFixed(6).replace(/\.?0+$/, '')}s`;
}
