import type { DocumentReference, Transaction } from '@google-cloud/firestore';
import type { DeliveredTask } from './delivered-task.ts';
import { type FoundTask, foundTask } from './found-task.ts';
import { adoptedAs, candidatesOf } from './task-name.ts';
import { adopt, isDeliveryOf } from './transitions/adopt.ts';

/** Finds the record that a delivery is of. A task without a record gets one: it is adopted. */
export async function findDeliveredTask(
  transaction: Transaction,
  refOf: (taskId: string) => DocumentReference,
  delivered: DeliveredTask,
): Promise<FoundTask> {
  const { queue, name } = delivered;
  const [first, ...others] = candidatesOf(queue, name);
  let snapshot = await transaction.get(refOf(first.taskId));
  for (const candidate of [first, ...others]) {
    if (candidate !== first) snapshot = await transaction.get(refOf(candidate.taskId));
    const found = foundTask(snapshot);
    if (found !== undefined && isDeliveryOf(found.record, candidate)) {
      return { ...found, generation: candidate.generation };
    }
  }
  const { readTime } = snapshot;
  const adopted = adoptedAs(queue, name);
  const nowMs = readTime.toMillis();
  const record = adopt(adopted, delivered, nowMs);
  return { ...adopted, ref: refOf(adopted.taskId), record, readTime, nowMs, adopted: true };
}
