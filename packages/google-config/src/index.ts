export { formatDuration, parseDuration } from './duration.ts';
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
} from './queue-fields.ts';
export {
  type DeclaredQueue,
  type PhysicalQueue,
  parseQueueFile,
  physicalQueues,
  type QueueFile,
  QueueFileError,
  readQueueFile,
} from './queue-file.ts';
export { isNamedBy } from './read-queue-document.ts';
export { isPartOfQueue, MAX_SHARDS, physicalNames, physicalQueueOfTask, shardName } from './shards.ts';
