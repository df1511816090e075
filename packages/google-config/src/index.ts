export { type AppYaml, parseAppYaml, readAppYaml } from './app/app-yaml.ts';
export { declaredSecrets, placeholderSecrets } from './app/declared-secrets.ts';
export type { ErrorHandler } from './app/error-handlers.ts';
export type { Handler, StaticHandler } from './app/handlers.ts';
export { INSTANCE_MEMORY_MB, type InstanceClass } from './app/instance-class.ts';
export type { Scaling } from './app/scaling.ts';
export { folderOfService, listServiceFolders, serviceOfFolder } from './app/service-folders.ts';
export { SERVICE_NAME_PATTERN } from './app/service-name.ts';
export type { CronRetry } from './cron/cron-retry.ts';
export { type CronJob, parseCronYaml, readCronYaml } from './cron/cron-yaml.ts';
export { parseSchedule } from './cron/parse-schedule.ts';
export type { Schedule, ScheduleDays, TimeOfDay } from './cron/schedule.ts';
export { ScheduleError } from './cron/schedule-error.ts';
export { type DispatchRule, parseDispatchYaml, readDispatchYaml } from './dispatch/dispatch-yaml.ts';
export {
  type AnyIndexedField,
  type AnyIndexFile,
  type CompositeIndex,
  type FieldOverride,
  type IndexFile,
  parseIndexFile,
  readAnyIndexFile,
  readIndexFile,
  type SingleFieldIndex,
} from './indexes/index-file.ts';
export {
  type AppEngineQueue,
  isAppEngineQueueYaml,
  keepsQueuesPaused,
  parseAppEngineQueues,
} from './queues/app-engine-queues.ts';
export type { DeclaredQueue, QueueFile } from './queues/declared-queue.ts';
export { type PhysicalQueue, physicalQueues } from './queues/physical-queues.ts';
export {
  formatProtoDuration,
  joinDuration,
  parseProtoDuration,
  splitDuration,
} from './queues/proto-duration.ts';
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
export { parseQueueFile, readQueueFile } from './queues/queue-file.ts';
export { QueueFileError } from './queues/queue-file-error.ts';
export { isNamedBy } from './queues/queue-name-patterns.ts';
export { isPartOfQueue, MAX_SHARDS, physicalNames, physicalQueueOfTask, shardName } from './queues/shards.ts';
export type { Policy, YamlFile, YamlPath } from './yaml/yaml-file.ts';
export { YamlFileError } from './yaml/yaml-file-error.ts';
