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
  | {
      readonly kind: 'pause';
      readonly name: string;
      /** The tasks in a queue that the file does not list; undefined where it lists the queue as PAUSED. */
      readonly waiting: WaitingTasks | undefined;
    };

/** Something worth knowing that nothing is done about. */
export type QueueNote =
  /** In the file, but stopped by somebody: it stays so. */
  | { readonly kind: 'stopped'; readonly name: string; readonly state: 'PAUSED' | 'DISABLED' }
  /** Once a part of a queue that is in the file, and not any more: runs on until its tasks are done. */
  | { readonly kind: 'drains'; readonly name: string; readonly waiting: WaitingTasks }
  /** Claimed by the file but not listed, and stopped already. */
  | { readonly kind: 'left'; readonly name: string; readonly waiting: WaitingTasks }
  /** Somebody else's: under `unmanaged`, or App Engine's own `default`. */
  | { readonly kind: 'unmanaged'; readonly name: string }
  /** Neither in the file nor claimed by it. */
  | { readonly kind: 'foreign'; readonly name: string };

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

/** Whether the file claims a queue that it does not list: by `managed`, or as a former shard of a divided queue. */
export function isClaimed(file: QueueFile, name: string): boolean {
  if (isUnmanaged(file, name)) return false;
  return (
    file.managed.some((pattern) => isNamedBy(pattern, name)) ||
    file.queues.some((queue) => queue.shards !== undefined && isPartOfQueue(queue.name, name))
  );
}

/** The queues that the file claims and does not list: those whose tasks a plan must know of. */
export function retiredQueues(file: QueueFile, actual: readonly CloudQueue[]): CloudQueue[] {
  const listed = new Set(file.queues.flatMap(physicalQueues).map(({ name }) => name));
  return actual.filter(({ name }) => !listed.has(name) && isClaimed(file, name));
}

/**
 * Compares what the file says with what is there.
 * @param waiting the tasks in each of the {@link retiredQueues}
 */
export function makeQueuePlan(
  file: QueueFile,
  actual: readonly CloudQueue[],
  waiting: ReadonlyMap<string, WaitingTasks>,
): QueuePlan {
  const listed = file.queues.flatMap(physicalQueues);
  const names = new Set(listed.map(({ name }) => name));
  const byName = new Map(actual.map((queue) => [queue.name, queue]));
  const forListed = listed.map((queue) => stepsForListed(queue, byName.get(queue.name)));
  const forOthers = actual
    .filter(({ name }) => !names.has(name))
    .map((queue) => stepsForUnlisted(file, queue, waiting.get(queue.name) ?? { count: 0, more: false }));
  const steps = [...forListed, ...forOthers];
  return {
    changes: steps.flatMap(({ changes }) => changes),
    notes: steps.flatMap(({ notes }) => notes),
    unchanged: forListed.filter(({ changes }) => changes.length === 0).length,
  };
}

/** The part of a plan about one queue. */
interface QueueSteps {
  readonly changes: readonly QueueChange[];
  readonly notes: readonly QueueNote[];
}

function stepsForListed(queue: PhysicalQueue, found: CloudQueue | undefined): QueueSteps {
  const { name } = queue;
  if (found === undefined) return { changes: [{ kind: 'create', name, queue }], notes: [] };
  const changes: QueueChange[] = [];
  const fields = differences(queue.values, found.values);
  if (fields.length > 0) changes.push({ kind: 'update', name, queue, fields });
  if (found.state === 'RUNNING') {
    if (queue.state === 'PAUSED') changes.push({ kind: 'pause', name, waiting: undefined });
    return { changes, notes: [] };
  }
  return { changes, notes: queue.state === 'PAUSED' ? [] : [{ kind: 'stopped', name, state: found.state }] };
}

function stepsForUnlisted(file: QueueFile, { name, state }: CloudQueue, waiting: WaitingTasks): QueueSteps {
  const note = (note: QueueNote): QueueSteps => ({ changes: [], notes: [note] });
  if (isUnmanaged(file, name)) return note({ kind: 'unmanaged', name });
  if (!isClaimed(file, name)) return note({ kind: 'foreign', name });
  if (state !== 'RUNNING') return note({ kind: 'left', name, waiting });
  const isFormerShard = file.queues.some((queue) => isPartOfQueue(queue.name, name));
  if (isFormerShard && waiting.count > 0) return note({ kind: 'drains', name, waiting });
  return { changes: [{ kind: 'pause', name, waiting }], notes: [] };
}

/** The fields in which a queue differs from what is wanted. */
export function differences(wanted: QueueValues, found: QueueValues): FieldChange[] {
  return QUEUE_FIELDS.flatMap((field) => {
    const from = fieldValue(found, field.path);
    const to = fieldValue(wanted, field.path);
    return sameValue(field, from, to) ? [] : [{ field, from, to }];
  });
}
