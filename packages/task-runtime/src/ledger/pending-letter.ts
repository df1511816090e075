import { type NewTask, newTaskRecord, type TaskRecord } from './task-record.ts';

/** The record of a task as a producer enqueues it, for tests of the ledger. */
export function pendingLetter(
  contract: NewTask['contract'],
  { createdAtMs, dueAtMs, payload = {} }: { createdAtMs: number; dueAtMs: number; payload?: unknown },
): TaskRecord {
  return newTaskRecord(
    {
      taskId: 'a',
      contract,
      payload,
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
