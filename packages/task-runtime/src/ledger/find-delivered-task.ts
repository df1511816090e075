import type { DocumentReference, Transaction } from '@google-cloud/firestore';
import type { DeliveredTask } from './delivered-task.ts';
import type { FoundTask } from './found-task.ts';
import { fromTaskDocument } from './task-document.ts';
import { candidatesOf, type TaskCandidate } from './task-name.ts';
import { adopt, isDeliveryOf } from './transitions/adopt.ts';

/** Finds the record that a delivery is of. A task from a producer without the ledger gets one: it is adopted. */
export async function findDeliveredTask(
  transaction: Transaction,
  refOf: (taskId: string) => DocumentReference,
  delivered: DeliveredTask,
): Promise<FoundTask> {
  const read = async ({ taskId, generation }: TaskCandidate) => {
    const ref = refOf(taskId);
    const snapshot = await transaction.get(ref);
    const { readTime } = snapshot;
    const nowMs = readTime.toMillis();
    return { taskId, ref, generation, readTime, nowMs, record: fromTaskDocument(snapshot) };
  };
  const [first, ...others] = candidatesOf(delivered.queue, delivered.name);
  let found = await read(first);
  for (const candidate of others) {
    if (found.record !== undefined && isDeliveryOf(found.record, found.generation)) break;
    found = await read(candidate);
  }
  if (found.record !== undefined) return { ...found, record: found.record, adopted: false };
  const record = adopt(found.taskId, delivered, found.nowMs);
  return { ...found, record, generation: 0, adopted: true };
}
