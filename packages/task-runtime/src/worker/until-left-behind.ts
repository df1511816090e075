import { isDeadline } from './attempt-aborted-error.ts';

/** Ledger writes of one attempt that have not settled. Each is bounded in time by itself. */
export class WritesInProgress {
  readonly #writes = new Set<Promise<unknown>>();

  get isEmpty(): boolean {
    return this.#writes.size === 0;
  }

  /** Awaits a write, and counts it as in progress until then. */
  async track<T>(write: Promise<T>): Promise<T> {
    this.#writes.add(write);
    try {
      return await write;
    } finally {
      this.#writes.delete(write);
    }
  }

  /** Waits until each write that is now in progress has settled, however it ends. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#writes);
  }
}

/**
 * Awaits a handler, but not one that goes on after its signal was aborted: its later writes are fenced off. At its
 * deadline, writes in progress decide first: they may wait for the locks of others.
 */
export async function untilLeftBehind(
  handling: Promise<void>,
  { signal, graceMs, writes }: { signal: AbortSignal; graceMs: number; writes: WritesInProgress },
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const leftBehind = new Promise<never>((_resolve, reject) => {
    const leave = (): void => {
      if (writes.isEmpty || !isDeadline(signal.reason)) {
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
