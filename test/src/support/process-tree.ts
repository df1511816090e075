import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_INTERVAL_MS = 20;

/** A process. Its start time tells it from a later one with the same id. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly parentPid: number;
  readonly startedAtTicks: string;
}

/** Lists all descendants of a process. Linux only. */
export function descendantsOf(pid: number): ProcessIdentity[] {
  const all = readdirSync('/proc').flatMap((name) => {
    const found = /^\d+$/.test(name) ? readIdentity(Number(name)) : undefined;
    return found === undefined ? [] : [found];
  });
  const below = (parentPid: number): ProcessIdentity[] =>
    all.filter((child) => child.parentPid === parentPid).flatMap((child) => [child, ...below(child.pid)]);
  return below(pid);
}

/**
 * Waits until processes have ended.
 * @returns those that were still there after `timeoutMs`
 */
export async function stillRunning(
  processes: readonly ProcessIdentity[],
  timeoutMs: number,
): Promise<ProcessIdentity[]> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const left = processes.filter(
      ({ pid, startedAtTicks }) => readIdentity(pid)?.startedAtTicks === startedAtTicks,
    );
    if (left.length === 0 || performance.now() > deadlineMs) return left;
    await delay(POLL_INTERVAL_MS);
  }
}

/** Undefined once it has ended; a zombie, which only waits for its parent to notice, counts as ended. */
function readIdentity(pid: number): ProcessIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the name in brackets, which may hold anything. See proc_pid_stat(5).
    const [state, parentPid, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return undefined;
    return { pid, parentPid: Number(parentPid), startedAtTicks: rest[17] ?? '' };
  } catch {
    return undefined;
  }
}
