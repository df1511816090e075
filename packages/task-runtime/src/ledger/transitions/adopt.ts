import type { DeliveredTask } from '../delivered-task.ts';
import { isOwnTaskId, type TaskCandidate } from '../task-name.ts';
import { newTaskRecord, type TaskRecord } from '../task-record.ts';
import { ownSubject } from '../task-subject.ts';

/**
 * Adopts a delivered task that has no record: its producer works without the ledger, or a restore has lost its record.
 * Makes its record from the delivery.
 */
export function adopt(
  { taskId, generation }: TaskCandidate,
  delivered: DeliveredTask,
  nowMs: number,
): TaskRecord {
  const { contract, queue, body, service, traceparent } = delivered;
  const { subjectOf } = contract;
  return newTaskRecord(
    {
      taskId,
      contract: { ...contract, queue },
      payload: body ?? null,
      subject: ownSubject(taskId, body, subjectOf && { subjectOf }),
      route: { service, version: null },
      generation,
      notBeforeMs: null,
      traceparent,
      parent: null,
      commitId: '',
    },
    nowMs,
    nowMs,
  );
}

/**
 * Whether a delivery under a name can be of a record. Under a name of the ledger's own form it is, whatever its generation:
 * a record of an earlier one is from a restore. Under any other, a generation that the record has not reached is part of
 * another producer's name, which only looks like one of the ledger's.
 */
export function isDeliveryOf(record: TaskRecord, { taskId, generation }: TaskCandidate): boolean {
  return isOwnTaskId(taskId) || generation <= record.generation;
}
