import {
  fieldValue,
  isNamedBy,
  isPartOfQueue,
  type PhysicalQueue,
  physicalQueues,
  QUEUE_FIELDS,
  type QueueField,
  type QueueFile,
  type QueueValues,
  sameValue,
} from '@waybill/google-config';
import type { CloudQueue, WaitingTasks } from './cloud-queues.ts';

/** A field that isn't as the file has it. */
export interface FieldChange {
  readonly field: QueueField;
  readonly from: number | string;
  readonly to: number | string;
}

/** Something to be done so that Cloud Tasks is as the file says. */
export type QueueChange =
  | { readonly kind: 'create'; readonly name: string; readonly queue: PhysicalQueue }
  | {
      readonly kind: 'update';
      readonly name: string;
      readonly queue: PhysicalQueue;
      readonly fields: readonly FieldChange[];
    }
  | { readonly kind: 'pause'; readonly name: string; readonly waiting: WaitingTasks };

/** Something worth knowing that nothing is done about. */
export type QueueNote =
  /** In the file, but stopped by somebody: it stays so. */
  | { readonly kind: 'stopped'; readonly name: string; readonly state: 'PAUSED' | 'DISABLED' }
  /** Once a part of a queue that is in the file, and not any more: runs on until its tasks are done. */
  | { readonly kind: 'drains'; readonly name: string; readonly waiting: WaitingTasks }
  /** Not in the file, and stopped already. */
  | { readonly kind: 'left'; readonly name: string; readonly waiting: WaitingTasks }
  /** Somebody else's: under `unmanaged`, or App Engine's own `default`. */
  | { readonly kind: 'unmanaged'; readonly name: string };

/** The changes to make, in this order, and notes that need no change. */
export interface QueuePlan {
  readonly changes: readonly QueueChange[];
  readonly notes: readonly QueueNote[];
  /** How many queues are as the file says. */
  readonly unchanged: number;
}

/** Whether a queue that the file does not list belongs to somebody else. */
export function isUnmanaged({ unmanaged }: QueueFile, name: string): boolean {
  return name === 'default' || unmanaged.some((entry) => isNamedBy(entry, name));
}

/** The queues that are not in the file, and nobody else's: those whose tasks a plan must know of. */
export function unlistedQueues(file: QueueFile, actual: readonly CloudQueue[]): CloudQueue[] {
  const listed = new Set(file.queues.flatMap(physicalQueues).map(({ name }) => name));
  return actual.filter(({ name }) => !listed.has(name) && !isUnmanaged(file, name));
}

/**
 * Compares what the file says with what is there.
 * @param waiting the tasks in each of the {@link unlistedQueues}
 */
export function makeQueuePlan(
  file: QueueFile,
  actual: readonly CloudQueue[],
  waiting: ReadonlyMap<string, WaitingTasks>,
): QueuePlan {
  const changes: QueueChange[] = [];
  const notes: QueueNote[] = [];
  let unchanged = 0;
  const listed = new Map(file.queues.flatMap(physicalQueues).map((queue) => [queue.name, queue]));
  const byName = new Map(actual.map((queue) => [queue.name, queue]));

  for (const queue of listed.values()) {
    const { name } = queue;
    const found = byName.get(name);
    if (found === undefined) {
      changes.push({ kind: 'create', name, queue });
      continue;
    }
    const fields = differences(queue.values, found.values);
    if (fields.length > 0) changes.push({ kind: 'update', name, queue, fields });
    else unchanged += 1;
    if (found.state !== 'RUNNING') notes.push({ kind: 'stopped', name, state: found.state });
  }

  for (const { name, state } of actual) {
    if (listed.has(name)) continue;
    const tasks = waiting.get(name) ?? { count: 0, more: false };
    if (isUnmanaged(file, name)) notes.push({ kind: 'unmanaged', name });
    else if (state !== 'RUNNING') notes.push({ kind: 'left', name, waiting: tasks });
    else if (tasks.count > 0 && file.queues.some((queue) => isPartOfQueue(queue.name, name))) {
      notes.push({ kind: 'drains', name, waiting: tasks });
    } else changes.push({ kind: 'pause', name, waiting: tasks });
  }
  return { changes, notes, unchanged };
}

/** The fields in which a queue differs from what is wanted. */
export function differences(wanted: QueueValues, found: QueueValues): FieldChange[] {
  return QUEUE_FIELDS.flatMap((field) => {
    const from = fieldValue(found, field.path);
    const to = fieldValue(wanted, field.path);
    return sameValue(from, to) ? [] : [{ field, from, to }];
  });
}
