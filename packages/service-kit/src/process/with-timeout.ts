/**
 * Waits for work, but no longer than a time. Work that takes longer goes on, and nobody learns of its end.
 * @param onTimeout gives the result, or throws the error, once the time is up
 * @throws the error of the work, or of `onTimeout`
 */
export async function withTimeout<T>(
  work: Promise<T>,
  timeoutMs: number,
  onTimeout: () => T | Promise<T>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  try {
    // The race stays subscribed to the work: its late failure is not an unhandled rejection.
    return await Promise.race([work, timeout.then(onTimeout)]);
  } finally {
    clearTimeout(timer);
  }
}
