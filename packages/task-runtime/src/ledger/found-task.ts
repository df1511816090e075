import type { DocumentReference, DocumentSnapshot, Timestamp, Transaction } from '@google-cloud/firestore';
import { LostAttemptError } from '../errors.ts';
import type { RecordProblem } from './record-form.ts';
import { readStoredTask } from './task-document.ts';
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
  /** Why its record can't be used: it serves for showing it alone. */
  readonly problem?: RecordProblem | undefined;
}

/**
 * Reads a task's record for an attempt.
 * @throws {LostAttemptError} if there is none, or a newer worker has changed its form: nothing of the task may be written
 *   any more
 */
export async function readTask(transaction: Transaction, ref: DocumentReference): Promise<FoundTask> {
  const found = foundTask(await transaction.get(ref));
  if (found === undefined) throw new LostAttemptError(ref.id, 200);
  if (found.problem !== undefined) throw new LostAttemptError(ref.id, 409);
  return found;
}

/** The task in a document; undefined if there is none. */
export function foundTask(snapshot: DocumentSnapshot): FoundTask | undefined {
  const { ref, readTime } = snapshot;
  const stored = readStoredTask(snapshot);
  if (stored === undefined) return undefined;
  const { record, problem } = stored;
  const { generation } = record;
  const nowMs = readTime.toMillis();
  return { taskId: ref.id, ref, record, problem, readTime, nowMs, generation, adopted: false };
}
