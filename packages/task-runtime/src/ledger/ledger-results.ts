import type { TaskRecord } from './task-record.ts';
import type { EnqueuedTask } from './task-transaction.ts';
import type { Overdue } from './transitions/overdue.ts';
import type { UnclaimedAttempt } from './unclaimed-attempt.ts';

/** The result of a claim: a {@link DeliveryDecision}, with what the worker logs and sends. */
export type ClaimResult =
  | {
      readonly outcome: 'run';
      readonly taskId: string;
      readonly attemptId: string;
      /** The record as claimed, also where the claim is not written yet. */
      readonly record: TaskRecord;
      /** Undefined: the claim is written. */
      readonly unclaimed?: UnclaimedAttempt;
    }
  | {
      readonly outcome: 'dead';
      readonly taskId: string;
      readonly record: TaskRecord;
      readonly enqueued: readonly EnqueuedTask[];
    }
  | {
      readonly outcome: 'drop';
      readonly taskId: string;
      readonly subject: string;
      readonly reason: 'terminal' | 'superseded' | 'name-reused';
    }
  | {
      readonly outcome: 'wait';
      readonly taskId: string;
      readonly subject: string;
      readonly reason: 'lease-alive' | 'other-schema' | 'mismatch' | 'unknown-record';
      /** Why its record can't be used. */
      readonly problem?: string;
    };

/** The result of a finish or a failure, with the tasks to be sent now. */
export interface Settled {
  readonly outcome: 'succeeded' | 'retry' | 'retry-later' | 'dead';
  readonly record: TaskRecord;
  readonly enqueued: readonly EnqueuedTask[];
}

/** The result for an overdue record, with the tasks to be sent now. */
export interface SettledOverdue {
  /** `unreadable`: its record is left to a worker that knows its form. */
  readonly outcome: Overdue['outcome'] | 'unreadable';
  /** Why it is dead, if it is, or can't be read. */
  readonly reason?: { readonly code: string; readonly message: string };
  readonly toSend: readonly EnqueuedTask[];
}
