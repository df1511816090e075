import type { TaskLimits } from '@waybill/contract-kit';
import type { TaskRecord } from './task-record.ts';
import { type AttemptFailure, fail } from './transitions/attempt.ts';

/** More than a process runs at a time. */
const MAX_OWED = 1_000;

/**
 * Remembers attempts that could not be handed back, as other transactions held their records. The next claim in this
 * process writes the hand-back, and needs not wait for the lease. A claim in another process waits for it, and the
 * attempt counts.
 */
export class OwedHandBacks {
  readonly #owed = new Map<string, { readonly attemptId: string; readonly failure: AttemptFailure }>();

  add(taskId: string, attemptId: string, failure: AttemptFailure): void {
    this.#owed.set(taskId, { attemptId, failure });
    if (this.#owed.size <= MAX_OWED) return;
    const [oldest] = this.#owed.keys();
    if (oldest !== undefined) this.#owed.delete(oldest);
  }

  /** Forgets a task's hand-back, as it is written. */
  settle(taskId: string): void {
    this.#owed.delete(taskId);
  }

  /** The record as its hand-back leaves it; the record itself where none is owed, or where it has moved on. */
  applyTo(taskId: string, record: TaskRecord, limits: TaskLimits, nowMs: number): TaskRecord {
    const owed = this.#owed.get(taskId);
    if (owed === undefined) return record;
    const failed = fail(record, owed.attemptId, owed.failure, limits, nowMs);
    return failed.outcome === 'retry' ? failed.record : record;
  }
}
