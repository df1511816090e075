import { setTimeout as delay } from 'node:timers/promises';

const POLL_INTERVAL_MS = 20;

/**
 * Waits until the processes of a killed stack have ended. They end by themselves, but must not write to the data while a
 * new stack does. After `timeoutMs` the wait ends: the id may belong to another process by now.
 */
export async function awaitAbandonedProcesses(pids: readonly number[], timeoutMs: number): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (pids.some(isRunning) && performance.now() < deadlineMs) await delay(POLL_INTERVAL_MS);
}

function isRunning(pid: number): boolean {
  try {
    // Signal 0 only checks.
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: the process belongs to another user, so it is not one of the stack's.
    return (
      (error as NodeJS.ErrnoException).code !== 'ESRCH' && (error as NodeJS.ErrnoException).code !== 'EPERM'
    );
  }
}
