// The API for authors of handlers and producers, and for the services that run them. What operators need is in
// `@waybill/task-runtime/operator`.

// For services: makes the runtime from clients and contracts.

export {
  createGoogleClients,
  type GoogleClientSettings,
  type GoogleClients,
} from './client/google-clients.ts';
export type { QueueLocation } from './client/queue-location.ts';
export { audienceOf, type HttpTaskTarget, type TaskTarget } from './client/task-target.ts';
export { createTaskRuntime, type TaskRuntime, type TaskRuntimeOptions } from './create-task-runtime.ts';

// For producers: enqueues tasks, and shows customers where these stand.

export type { TaskClient } from './client/task-client.ts';
export { TaskReader, type TaskSummary } from './client/task-reader.ts';
export { ContentionError, StoreUnavailableError, TaskKeyConflictError, TaskRefusedError } from './errors.ts';
export type { EnqueueOptions } from './ledger/enqueue-options.ts';
export type { TaskState } from './ledger/task-record.ts';
export type { TaskTransaction } from './ledger/task-transaction.ts';
export { readStore } from './store/read-store.ts';

// For authors of handlers: defines a handler, and the errors that it throws or meets.

export {
  LostAttemptError,
  MisuseError,
  OutcomeUnknownError,
  PermanentError,
  RetryLaterError,
  StepNotDoneError,
} from './errors.ts';
export type { RecordedJson } from './worker/recorded-json.ts';
export type { Step, StepEachOptions, StepItemCall } from './worker/step.ts';
export type { StepCall, StepOptions } from './worker/step-options.ts';
export type { TaskDelivery } from './worker/task-delivery.ts';
export {
  type DeadTask,
  defineHandler,
  type TaskContext,
  type TaskHandler,
  type TaskHandlerDefinition,
} from './worker/task-handler.ts';

// For services that do tasks: the whole service, the worker's routes alone, and the checks of where a request is from.

export { createTaskService } from './service/create-task-service.ts';
export { type LoadTaskServiceOptions, loadTaskService } from './service/load-task-service.ts';
export type { TaskServiceConfig } from './service/task-service-settings.ts';

export {
  createTaskListener,
  type TaskListener,
  type TaskListenerOptions,
} from './worker/create-task-listener.ts';
export { createWorker } from './worker/create-worker.ts';
export { createOidcOriginCheck, type OidcOriginCheckOptions } from './worker/oidc-origin-check.ts';
export { createAppEngineOriginCheck, type OriginCheck } from './worker/origin-check.ts';
export type { SweepReport } from './worker/sweep.ts';
export type { WorkerOptions } from './worker/task-routes.ts';
