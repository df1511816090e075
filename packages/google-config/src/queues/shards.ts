import { createHash } from 'node:crypto';

/** A queue can be divided into so many shards at most; a region holds 1,000 queues. */
export const MAX_SHARDS = 100;

/** The name, in Cloud Tasks, of one shard of a queue: `emails-0`. */
export function shardName(queue: string, index: number): string {
  return `${queue}-${index}`;
}

/** The names in Cloud Tasks of a queue: its shards, or its own name where it has none. */
export function physicalNames(queue: string, shards: number | undefined): string[] {
  if (shards === undefined) return [queue];
  return Array.from({ length: shards }, (_, index) => shardName(queue, index));
}

/**
 * The queue in Cloud Tasks that a task goes to: always the same for the same id and the same number of shards. Ids
 * need not be random, for they are hashed.
 * @param shards how many the queue has; undefined for none
 */
export function physicalQueueOfTask(queue: string, shards: number | undefined, taskId: string): string {
  if (shards === undefined) return queue;
  return shardName(queue, createHash('sha256').update(taskId).digest().readUInt32BE(0) % shards);
}

/**
 * Whether a queue of Cloud Tasks is this queue or could be one of its shards, however many it has at present: their
 * number changes between two deployments, and tasks of both are under way then.
 */
export function isPartOfQueue(queue: string, physicalName: string): boolean {
  if (physicalName === queue) return true;
  if (!physicalName.startsWith(`${queue}-`)) return false;
  const index = physicalName.slice(queue.length + 1);
  return /^(0|[1-9]\d?)$/.test(index) && Number(index) < MAX_SHARDS;
}
