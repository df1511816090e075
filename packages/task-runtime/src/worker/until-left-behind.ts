import { isDeadline } from './attempt-aborted-error.ts';
import type { AttemptWrites } from './attempt-writes.ts';

/**
 * Awaits a handler, but not one that goes on after its signal was aborted: its later writes are fenced off. At its
 * deadline, writes in progress decide first: they may wait for the locks of others.
 */
export async function untilLeftBehind(
  handling: Promise<void>,
  {
    signal,
    graceMs,
    writes,
  }: { signal: AbortSignal; graceMs: number; writes: Pick<AttemptWrites, 'anyInProgress' | 'settled'> },
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const leftBehind = new Promise<never>((_resolve, reject) => {
    const leave = (): void => {
      if (!writes.anyInProgress || !isDeadline(signal.reason)) {
        reject(signal.reason);
        return;
      }
      void writes.settled().then(() => {
        timer = setTimeout(leave, graceMs);
      });
    };
    signal.addEventListener('abort', () => {
      timer = setTimeout(leave, graceMs);
    });
  });
  try {
    await Promise.race([handling, leftBehind]);
  } finally {
    clearTimeout(timer);
    handling.catch(() => {});
  }
}
