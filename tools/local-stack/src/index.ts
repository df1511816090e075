export { DataDirError } from './data-dir.ts';
export { createFirestoreClient, createTasksClient } from './emulator-clients.ts';
export type { EmulatorName } from './emulator-scripts.ts';
export type { TaskTargetName } from './http-tasks.ts';
export type { Charge } from './read-charges.ts';
export { NotReadyError } from './readiness.ts';
export { NotStagedError } from './service-sources.ts';
export type { StackEvent } from './stack-events.ts';
export { LOCATION, PROJECT } from './stack-settings.ts';
export {
  type ExtraVersion,
  type KillableName,
  type LocalStack,
  type LocalStackOptions,
  type StackPorts,
  StackRefusedError,
  startLocalStack,
} from './start-local-stack.ts';
export { ProcessStartError } from './supervised-process.ts';
export { PortsTakenError } from './taken-ports.ts';
