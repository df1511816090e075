import type { Timestamp } from '@google-cloud/firestore';
import { Status } from 'google-gax';
import type { FoundTask } from './found-task.ts';

/** An attempt whose claim is not written yet: the record as it was read before the handler began. */
export interface UnclaimedAttempt {
  readonly found: FoundTask;
  /** The time of the record's last change: the precondition of a commit that does not read it again. */
  readonly updateTime: Timestamp;
}

/** An attempt as the ledger knows it. */
export interface HeldAttempt {
  readonly taskId: string;
  readonly attemptId: string;
  /** Undefined once its claim is written. */
  readonly unclaimed?: UnclaimedAttempt | undefined;
}

/** Whether a commit failed because a document was changed or deleted since it was read outside of its transaction. */
export function isPreconditionFailed(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return code === Status.FAILED_PRECONDITION || code === Status.NOT_FOUND;
}
