import type { RecordProblem } from '../record-form.ts';
import type { TaskFailure, TaskState } from '../task-record.ts';
import { MINUTE_MS, RETENTION_MS } from './due-times.ts';

/** The code of a dead letter whose record has a form that no worker writes. */
export const RECORD_CORRUPT = 'RECORD_CORRUPT';
/** Interval between two looks of the sweep at a record that another worker must read. */
const RECHECK_MS = 10 * MINUTE_MS;

const TERMINAL: ReadonlySet<unknown> = new Set([
  'succeeded',
  'dead',
  'cancelled',
  'discarded',
] satisfies TaskState[]);

/** The fields of a corrupt record that its death changes, beside its shard. The others stay for a person to see. */
export interface CorruptDeath {
  readonly state: 'dead';
  readonly error: TaskFailure;
  readonly failedAtMs: number;
  readonly dueAtMs: null;
  readonly leaseUntilMs: null;
  readonly eraseAtMs: number;
  readonly expireAtMs: null;
}

/**
 * The result for a task whose record can't be used. `wait`: a worker that knows its form may come. `drop`: whatever else
 * is wrong, it is over.
 */
export type Unreadable =
  | { readonly outcome: 'wait' }
  | { readonly outcome: 'drop' }
  | { readonly outcome: 'dead'; readonly death: CorruptDeath };

/**
 * Settles a task whose record can't be used: a corrupt one becomes a dead letter. Its `onDead` does not run: nobody knows
 * what there is to compensate.
 * @param state the record's state, as it is stored
 */
export function settleUnreadable(problem: RecordProblem, state: unknown, nowMs: number): Unreadable {
  if (problem.kind === 'unknown') return { outcome: 'wait' };
  if (TERMINAL.has(state)) return { outcome: 'drop' };
  return {
    outcome: 'dead',
    death: {
      state: 'dead',
      error: { code: RECORD_CORRUPT, message: problem.message, atMs: nowMs },
      failedAtMs: nowMs,
      dueAtMs: null,
      leaseUntilMs: null,
      eraseAtMs: nowMs + RETENTION_MS,
      expireAtMs: null,
    },
  };
}

/** When the sweep looks again at a record that another worker must read. Its `dueAt` means the same in all forms. */
export function recheckUnreadable(nowMs: number): { dueAtMs: number } {
  return { dueAtMs: nowMs + RECHECK_MS };
}
