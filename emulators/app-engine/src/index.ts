// For programs that run services: start, watch, stop.

export { type AdminApi, startAdminApi } from './admin-api/start-admin-api.ts';
export { writeGcloudConfiguration } from './admin-api/write-gcloud-configuration.ts';
export type { CronResult } from './cron/cron-runner.ts';
export {
  type CronEvent,
  EmulatorEventEmitter,
  type EmulatorEvents,
  type InstanceEvent,
  type LogEvent,
  type RequestEvent,
  type RequestSource,
  type WarningEvent,
} from './emulator-events.ts';
export type { RequestDeadlines } from './front-door/front-door.ts';
export type { InstanceState } from './instances/instance-slot.ts';
export type { ServiceLimits } from './services/service-version.ts';
export type { SplitBy } from './services/traffic-split.ts';
export {
  type AppEngineEmulator,
  type AppEngineEmulatorOptions,
  type ServiceSpec,
  startAppEngineEmulator,
  type VersionState,
} from './start-app-engine-emulator.ts';

// Errors of the start and of its methods.

export { YamlFileError } from '@waybill/google-config';
export { UnknownCronJobError } from './cron/cron-runner.ts';
export { DeploymentError } from './services/deployment-error.ts';
export { ServiceStartError } from './services/service-version.ts';

// For Cloud Tasks and cron: the header that lets their requests through with App Engine's own headers.

export { trustedTokenHeader } from './front-door/request-headers.ts';

// For tests that move time by hand.

export { realTimers, type Timers } from './timers.ts';
