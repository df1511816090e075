import type { Firestore, Transaction } from '@google-cloud/firestore';
import { CompensationError } from '../errors.ts';
import { runTransaction } from '../store/run-transaction.ts';
import type { FoundTask } from './found-task.ts';
import { readStoredTask, toTaskDocument } from './task-document.ts';
import type { TaskRecord } from './task-record.ts';
import type { BufferedTransaction, EnqueuedTask, TaskTransaction } from './task-transaction.ts';
import { isCompensated, uncompensated } from './transitions/death.ts';

/** Writes what compensates for a task that is given up, in the transaction that gives it up. */
export type Compensate = (
  givenUp: { taskId: string; record: TaskRecord },
  transaction: TaskTransaction,
) => Promise<void>;

/** The failure of a task's compensation: the transaction must not be committed. */
class UncompensatedError extends Error {
  override readonly name = 'UncompensatedError';
  readonly found: FoundTask;

  constructor(found: FoundTask, cause: unknown) {
    super('What compensates for a task failed', { cause });
    this.found = found;
  }
}

/**
 * Writes a task's death together with what compensates for it.
 * @returns the tasks that the compensation enqueued
 */
export async function giveUpTask(
  transaction: Transaction,
  found: FoundTask,
  dead: TaskRecord,
  { onDead, buffered }: { onDead: Compensate; buffered: BufferedTransaction },
): Promise<readonly EnqueuedTask[]> {
  let enqueued: readonly EnqueuedTask[];
  try {
    if (isCompensated(dead)) {
      await buffered.run((transaction) => onDead({ taskId: found.taskId, record: dead }, transaction));
    }
    enqueued = await buffered.flush();
  } catch (error) {
    // Firestore's own errors are for its client to judge, which runs the transaction again.
    throw typeof (error as { code?: unknown } | null)?.code === 'number'
      ? error
      : new UncompensatedError(found, error);
  }
  transaction.set(found.ref, toTaskDocument(dead));
  return enqueued;
}

/**
 * Runs a transaction that may give a task up. Where its compensation fails, the record says so: else the task would be
 * delivered for ever, and no operator could see why.
 * @throws {CompensationError} if the compensation fails
 */
export async function recordFailedCompensation<T>(firestore: Firestore, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof UncompensatedError)) throw error;
    const { found, cause } = error;
    const failure = new CompensationError(found.taskId, cause);
    // Where that fails too, the next delivery comes here again.
    await recordUncompensated(firestore, found, failure.message).catch(() => {});
    throw failure;
  }
}

async function recordUncompensated(firestore: Firestore, found: FoundTask, message: string): Promise<void> {
  await runTransaction(firestore, async (transaction) => {
    const snapshot = await transaction.get(found.ref);
    const stored = readStoredTask(snapshot);
    if (stored?.problem !== undefined) return;
    const record = stored?.record ?? (found.adopted ? found.record : undefined);
    if (record === undefined) return;
    const changed = uncompensated(record, found.record, message, snapshot.readTime.toMillis());
    if (changed !== undefined) transaction.set(found.ref, toTaskDocument(changed));
  });
}
