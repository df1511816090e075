const UNIT_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 } as const;
/** The clock is moved by at most this much at a time: a typo should not end in another century. */
export const MAX_ADVANCE_MS = 366 * UNIT_MS.d;

/**
 * Reads a length of time such as `90s`, `15m`, `23h`, `2d` or `1d12h`.
 * @returns milliseconds
 * @throws {RangeError} for anything else, for nothing at all, and for more than 366 days
 */
export function parseDuration(text: string): number {
  const match = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = match ?? [];
  const durationMs =
    Number(days) * UNIT_MS.d +
    Number(hours) * UNIT_MS.h +
    Number(minutes) * UNIT_MS.m +
    Number(seconds) * UNIT_MS.s;
  if (match === null || durationMs <= 0 || durationMs > MAX_ADVANCE_MS) {
    throw new RangeError(
      `A length of time must be like 90s, 15m, 23h, 2d or 1d12h, from 1s to 366d, got "${text}"`,
    );
  }
  return durationMs;
}

/** A length of time as a person would say it: `1d 12h`, `90s` as `1m 30s`, `0s` for less than a second. */
export function formatDuration(durationMs: number): string {
  let restMs = durationMs;
  const parts = Object.entries(UNIT_MS).flatMap(([unit, unitMs]) => {
    const count = Math.floor(restMs / unitMs);
    restMs -= count * unitMs;
    return count > 0 ? [`${count}${unit}`] : [];
  });
  return parts.join(' ') || '0s';
}
