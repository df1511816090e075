import type { DeclaredQueue } from './declared-queue.ts';
import { QUEUE_FIELDS, type QueueValues } from './queue-fields.ts';
import { physicalNames } from './shards.ts';

/** A queue as Cloud Tasks must have it. */
export interface PhysicalQueue {
  readonly name: string;
  /** The name of the declared queue that it is, or is a shard of. */
  readonly logicalName: string;
  /** PAUSED: the queue is to be stopped. */
  readonly state?: 'PAUSED';
  readonly values: QueueValues;
}

/** The queues in Cloud Tasks of a declared queue: itself, or its shards, each with its part of the rates. */
export function physicalQueues({ name, shards, state, values }: DeclaredQueue): PhysicalQueue[] {
  const parts: Record<string, number | string> = { ...values };
  for (const { path, divided } of QUEUE_FIELDS) {
    const value = values[path];
    if (divided && shards !== undefined && typeof value === 'number') parts[path] = value / shards;
  }
  return physicalNames(name, shards).map((physical) => ({
    name: physical,
    logicalName: name,
    ...(state !== undefined && { state }),
    values: parts,
  }));
}
