import { setTimeout as delay } from 'node:timers/promises';

const POLL_INTERVAL_MS = 20;

/**
 * Waits until processes that a killed stack had started have ended: they notice by themselves, and must not write to
 * the data while a new stack does. After `timeoutMs` it waits no longer: the number may belong to another process by now.
 */
export async function awaitAbandonedProcesses(pids: readonly number[], timeoutMs: number): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (pids.some(isRunning) && performance.now() < deadlineMs) await delay(POLL_INTERVAL_MS);
}

function isRunning(pid: number): boolean {
  try {
    // Signal 0 only asks.
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, and is another user's, so it is none of ours.
    return (
      (error as NodeJS.ErrnoException).code !== 'ESRCH' && (error as NodeJS.ErrnoException).code !== 'EPERM'
    );
  }
}
