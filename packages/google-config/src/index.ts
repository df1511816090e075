export { formatDuration, parseDuration } from './queues/proto-duration.ts';
export {
  fieldValue,
  formatValue,
  MAX_CONCURRENT_DISPATCHES,
  MAX_DISPATCHES_PER_SECOND,
  QUEUE_FIELDS,
  type QueueField,
  type QueueFieldPath,
  type QueueValues,
  SERVICE_DEFAULTS,
  sameValue,
} from './queues/queue-fields.ts';
export {
  type DeclaredQueue,
  type PhysicalQueue,
  parseQueueFile,
  physicalQueues,
  type QueueFile,
  QueueFileError,
  readQueueFile,
} from './queues/queue-file.ts';
export { isNamedBy } from './queues/read-queue-document.ts';
export { isPartOfQueue, MAX_SHARDS, physicalNames, physicalQueueOfTask, shardName } from './queues/shards.ts';
