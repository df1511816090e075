export { YamlFileError } from '@waybill/google-config';
export { type CronResult, UnknownCronJobError } from './cron/cron-runner.ts';
export {
  type CronEvent,
  EmulatorEventEmitter,
  type EmulatorEvents,
  type InstanceEvent,
  type LogEvent,
  type RequestEvent,
  type RequestSource,
} from './emulator-events.ts';
export type { RequestDeadlines } from './front-door/front-door.ts';
export { trustedTokenHeader } from './front-door/request-headers.ts';
export { DeploymentError } from './services/deployment-error.ts';
export type { InstanceState } from './services/instance-slot.ts';
export { type ServiceLimits, ServiceStartError } from './services/service-version.ts';
export { realTimers, type Timers } from './services/timers.ts';
export type { SplitBy } from './services/traffic-split.ts';
export {
  type AppEngineEmulator,
  type AppEngineEmulatorOptions,
  type ServiceSpec,
  startAppEngineEmulator,
  type VersionState,
} from './start-app-engine-emulator.ts';
