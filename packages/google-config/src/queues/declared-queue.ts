import type { QueueValues } from './queue-fields.ts';

/** A queue as the file, and a contract, names it. */
export interface DeclaredQueue {
  readonly name: string;
  /** Number of queues in Cloud Tasks that it is divided into; undefined: it is one. */
  readonly shards?: number;
  /** The values that the file sets; of a divided queue, the sum of all shards' rates. */
  readonly values: QueueValues;
}

/** The content of a queue file. */
export interface QueueFile {
  readonly queues: readonly DeclaredQueue[];
  /** Names of queues that belong to somebody else; one that ends in `*` stands for all that begin so. */
  readonly unmanaged: readonly string[];
}
