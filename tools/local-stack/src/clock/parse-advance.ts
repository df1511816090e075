import { parseHumanDuration } from '@waybill/emulator-kit/human-duration';

/** Maximum advance of the clock at a time: a typo should not end in another century. */
export const MAX_ADVANCE_MS = 366 * 86_400_000;

/**
 * Reads how far the clock is moved, such as `90s`, `15m`, `23h`, `2d` or `1d12h`.
 * @returns milliseconds
 * @throws {RangeError} for anything else, for nothing at all, and for more than 366 days
 */
export function parseAdvance(text: string): number {
  const advanceMs = parseHumanDuration(text) ?? 0;
  if (advanceMs > 0 && advanceMs <= MAX_ADVANCE_MS) return advanceMs;
  throw new RangeError(
    `A length of time must be like 90s, 15m, 23h, 2d or 1d12h, from 1s to 366d, got "${text}"`,
  );
}
