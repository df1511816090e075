import type { TaskContract } from '@waybill/contract-kit';
import { newTaskRecord, type TaskRecord } from './task-record.ts';

/** The record of a task as a producer enqueues it, for tests of the ledger. */
export function pendingLetter(
  contract: TaskContract,
  { createdAtMs, dueAtMs }: { createdAtMs: number; dueAtMs: number },
): TaskRecord {
  return newTaskRecord(
    {
      taskId: 'a',
      contract,
      payload: {},
      subject: 'letters/a',
      route: { service: 'worker', version: null },
      generation: 0,
      notBeforeMs: null,
      traceparent: null,
      parent: null,
      commitId: 'c',
    },
    createdAtMs,
    dueAtMs,
  );
}
