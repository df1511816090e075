import type { TaskHandler } from '@waybill/task-runtime';
import type { TaskRecord } from '@waybill/task-runtime/operator';

/** A task and its record. */
export interface RecordedTask {
  readonly taskId: string;
  readonly record: TaskRecord;
}

/** Says where a task stands, for the message of a failed test. @param handlers those of the test bed */
export function describeTask({ taskId, record }: RecordedTask, handlers: readonly TaskHandler[]): string {
  const { contract, version, state, attempts, error } = record;
  const isKnown = handlers.some(
    (handler) => handler.contract.name === contract && handler.contract.version >= version,
  );
  const failures = error === null ? [] : [`${error.code}: ${error.message}`];
  const remarks = isKnown ? [] : ['the bed was given no handler for it'];
  const standing = `${contract}, ${state}, attempts: ${attempts}`;
  return `${taskId} (${[standing, ...failures, ...remarks].join('; ')})`;
}
