// For programs that run the emulator: start, watch, stop.

export { MovableClock } from '@waybill/emulator-kit';
export type { AttemptFilter, Exchange, RecordedAttempt } from './control/attempt-log.ts';
export type { AppEngine } from './dispatch/target-request.ts';
export type { TombstoneTtls } from './engine/cloud-tasks-engine.ts';
export {
  type DispatchEndedEvent,
  type DispatchStartedEvent,
  type EmulatorEventMap,
  EmulatorEvents,
  type TaskCompletedEvent,
  type TaskCreatedEvent,
  type TaskDroppedEvent,
  type TaskEvent,
  type UnknownFieldEvent,
} from './engine/emulator-events.ts';
export type { ThrottlingSettings } from './engine/queues/queue-throttle.ts';
export {
  type CloudTasksEmulator,
  type CloudTasksEmulatorOptions,
  startCloudTasksEmulator,
} from './start-cloud-tasks-emulator.ts';

// For programs that declare queues by a file.

export { QueueFileError } from '@waybill/google-config';
export { type DeclaredQueue, readQueueFile } from './queue-file.ts';
