import type { TaskRecord } from '../task-record.ts';
import { DELIVERY_GRACE_MS, dueAtOfNewTask } from './due-times.ts';

/** Records that a delayed task was handed to Cloud Tasks. Undefined: nothing to write. */
export function sent(record: TaskRecord, generation: number, nowMs: number): TaskRecord | undefined {
  if (record.state !== 'pending' || record.generation !== generation || record.notBeforeMs === null) {
    return undefined;
  }
  return { ...record, sentAtMs: nowMs, dueAtMs: Math.max(nowMs, record.notBeforeMs) + DELIVERY_GRACE_MS };
}

/**
 * The next generation of a task: it needs a new name, for the old one is used up. A delayed one follows the version that
 * serves at its time.
 */
export function sentAnew(record: TaskRecord, nowMs: number): TaskRecord {
  const { notBeforeMs, route } = record;
  return {
    ...record,
    state: 'pending',
    leaseUntilMs: null,
    generation: record.generation + 1,
    route: notBeforeMs !== null && notBeforeMs > nowMs ? { ...route, version: null } : route,
    sentAtMs: nowMs,
    dueAtMs: dueAtOfNewTask(nowMs, notBeforeMs),
  };
}
