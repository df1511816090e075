import type { DocumentReference, DocumentSnapshot, Timestamp, Transaction } from '@google-cloud/firestore';
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
  const found = foundTask(await transaction.get(ref));
  if (found === undefined) throw new LostAttemptError(ref.id, 200);
  return found;
}

/** The task in a document; undefined if there is none. */
export function foundTask(snapshot: DocumentSnapshot): FoundTask | undefined {
  const { ref, readTime } = snapshot;
  const record = fromTaskDocument(snapshot);
  if (record === undefined) return undefined;
  const { generation } = record;
  return { taskId: ref.id, ref, record, readTime, nowMs: readTime.toMillis(), generation, adopted: false };
}
