import type { DeliveredTask } from '../delivered-task.ts';
import { newTaskRecord, type TaskRecord } from '../task-record.ts';

/**
 * Adopts a delivered task that has no record, for its producer works without the ledger: makes its record from the
 * delivery.
 */
export function adopt(taskId: string, delivered: DeliveredTask, nowMs: number): TaskRecord {
  const { contract, queue, body, service, traceparent } = delivered;
  return newTaskRecord(
    {
      taskId,
      contract: { ...contract, queue },
      payload: body ?? null,
      subject: '',
      route: { service, version: null },
      generation: 0,
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
 * Whether a delivery of that generation can be of a record. A generation that the record has not reached is part of
 * another producer's name, which only looks like one of the ledger's.
 */
export function isDeliveryOf(record: TaskRecord, generation: number): boolean {
  return generation <= record.generation;
}
