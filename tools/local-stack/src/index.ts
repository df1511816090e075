export { createFirestoreClient, createTasksClient } from './clients/emulator-clients.ts';
export type { Charge } from './clients/read-charges.ts';
export { DataDirError } from './data-dir/data-dir.ts';
export type { StackEvent } from './events/stack-events.ts';
export type { EmulatorName } from './processes/emulator-scripts.ts';
export { PortsTakenError } from './processes/refuse-taken-ports.ts';
export { ProcessStartError } from './processes/supervised-process.ts';
export { NotReadyError } from './readiness/until-ready.ts';
export { NotStagedError } from './services/app-yaml-paths.ts';
export type { TaskTargetName } from './services/http-tasks.ts';
export { LOCATION, PROJECT } from './settings/local-settings.ts';
export {
  type ExtraVersion,
  type KillableName,
  type LocalStack,
  type LocalStackOptions,
  type StackPorts,
  StackRefusedError,
  startLocalStack,
} from './start-local-stack.ts';
