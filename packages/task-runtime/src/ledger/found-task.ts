import type { DocumentReference, Timestamp, Transaction } from '@google-cloud/firestore';
import { LostAttemptError } from '../errors.ts';
import { fromTaskDocument } from './task-document.ts';
import type { TaskRecord } from './task-record.ts';

/** A task as a transaction has read it. */
export interface FoundTask {
  readonly taskId: string;
  readonly ref: DocumentReference;
  readonly record: TaskRecord;
  readonly readTime: Timestamp;
  readonly nowMs: number;
  /** The delivery's generation, where it is of a delivery; else the record's. */
  readonly generation: number;
  /** Whether it has no document yet: its record was made from the delivery. */
  readonly adopted: boolean;
}

/**
 * Reads a task's record.
 * @throws {LostAttemptError} if there is none: nothing of the task may be written any more
 */
export async function readTask(transaction: Transaction, ref: DocumentReference): Promise<FoundTask> {
  const snapshot = await transaction.get(ref);
  const record = fromTaskDocument(snapshot);
  if (record === undefined) throw new LostAttemptError(ref.id, 200);
  return {
    taskId: ref.id,
    ref,
    record,
    readTime: snapshot.readTime,
    nowMs: snapshot.readTime.toMillis(),
    generation: record.generation,
    adopted: false,
  };
}
