import type { QueueValues } from './queue-fields.ts';

/** A queue as the file, and a contract, names it. */
export interface DeclaredQueue {
  readonly name: string;
  /** Number of queues in Cloud Tasks that it is divided into; undefined: it is one. */
  readonly shards?: number;
  /** PAUSED: the queue is to be stopped. Undefined: the file says nothing, and a pause in the project stays. */
  readonly state?: 'PAUSED';
  /** The values that the file sets; of a divided queue, the sum of all shards' rates. */
  readonly values: QueueValues;
}

/** The content of a queue file. */
export interface QueueFile {
  readonly queues: readonly DeclaredQueue[];
  /**
   * Names of queues that the file owns beside those that it lists; one that ends in `*` stands for all that begin so. Such
   * a queue that is not listed is out of use.
   */
  readonly managed: readonly string[];
  /** Names of queues that belong to somebody else, in the same form. */
  readonly unmanaged: readonly string[];
}
