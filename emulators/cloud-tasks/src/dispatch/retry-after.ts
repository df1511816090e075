/**
 * The wait that a `Retry-After` header asks for.
 * @param nowMs the machine's time, in which the header's dates are
 * @returns milliseconds; undefined if the header says nothing that HTTP defines
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim() ?? '';
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs);
}
