import type { QueueShards } from '@waybill/contract-kit';

/**
 * Number of shards for each queue that queue-config/queues.yaml divides. Producers spread tasks over them. The file is not
 * deployed, so the number stands here too, and a test compares the two. docs/queues.md tells how to change it.
 */
export const queueShards: QueueShards = {};
