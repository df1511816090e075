/** How long to wait between attempts; all in microseconds but `maxDoublings`. */
export interface Backoff {
  readonly minBackoffMicros: number;
  readonly maxBackoffMicros: number;
  readonly maxDoublings: number;
}

/**
 * The wait before retry number `retry` (1 for the first), in microseconds, counted from the failure: doubled
 * `maxDoublings` times, then grown by the last doubled wait each time, never above `maxBackoffMicros`.
 * 10 s, 300 s and 3 doublings give 10, 20, 40, 80, 160, 240, 300, 300 … (the example in queue.proto, RetryConfig).
 */
export function backoffMicros(backoff: Backoff, retry: number): number {
  const doublings = Math.min(retry - 1, backoff.maxDoublings);
  // 2 ** doublings may be Infinity: the minimum takes care of that, but 0 × Infinity would not be a number.
  if (backoff.minBackoffMicros === 0) return 0;
  const wait = backoff.minBackoffMicros * 2 ** doublings * (retry - doublings);
  return Math.min(backoff.maxBackoffMicros, Math.floor(wait));
}

/** When to stop trying. `maxAttempts` −1 means no limit; `maxRetryDurationMicros` undefined means none. */
export interface RetryLimits {
  readonly maxAttempts: number;
  readonly maxRetryDurationMicros?: number | undefined;
}

/**
 * Whether another attempt is due after `attempts` of them: a task is given up only once **both** limits are
 * reached; a limit that isn't set counts as reached where the other one is (queue.proto, RetryConfig).
 * @param sinceFirstAttemptMicros time since the first attempt was sent
 */
export function mayRetry(limits: RetryLimits, attempts: number, sinceFirstAttemptMicros: number): boolean {
  const { maxAttempts, maxRetryDurationMicros } = limits;
  const attemptsLeft = attempts < maxAttempts;
  if (maxRetryDurationMicros === undefined) return maxAttempts < 0 || attemptsLeft;
  return attemptsLeft || sinceFirstAttemptMicros < maxRetryDurationMicros;
}
