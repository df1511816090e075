import type { QueueShards } from '@waybill/contract-kit';

/**
 * Over how many shards producers spread the tasks of a queue that queue-config/queues.yaml divides. The file is not
 * part of what is deployed, so the number stands here too, and a test compares the two. How it is changed:
 * docs/queues.md.
 */
export const queueShards: QueueShards = {};
