export {
  createGoogleClients,
  type GoogleClientSettings,
  type GoogleClients,
} from './client/google-clients.ts';
export { TaskClient, type TaskClientOptions } from './client/task-client.ts';
export { TaskReader, type TaskSummary } from './client/task-reader.ts';
export type { QueueLocation } from './client/task-sender.ts';
export type { TaskTarget } from './client/task-target.ts';
export {
  LostAttemptError,
  OutcomeUnknownError,
  PermanentError,
  RetryLaterError,
  StepNotDoneError,
  StoreUnavailableError,
  TaskFilterError,
  TaskKeyConflictError,
  TaskNotFoundError,
  TaskRefusedError,
  TaskStateError,
  VerdictNeededError,
} from './errors.ts';
export type { Compensate } from './ledger/give-up-task.ts';
export { adoptedTaskId, candidatesOf, cloudTaskName, isAdopted } from './ledger/task-name.ts';
export {
  type AuditEntry,
  isErased,
  STEP_VERDICTS,
  type StepRecord,
  type StepVerdict,
  type TaskEvent,
  type TaskFailure,
  type TaskRecord,
  type TaskState,
} from './ledger/task-record.ts';
export type { EnqueueOptions, TaskTransaction } from './ledger/task-transaction.ts';
export { MAX_HISTORY_LENGTH } from './ledger/transitions/history.ts';
export type { Actor } from './ledger/transitions/operator-actions.ts';
export { countTasksInFlight, type TasksInFlight } from './operator/count-tasks-in-flight.ts';
export { TaskOperator } from './operator/task-operator.ts';
export {
  cursorBefore,
  isTaskId,
  type ListedTask,
  MAX_PAGE_SIZE,
  type QueueLoad,
  type TaskFilter,
  type TaskPage,
  TaskSearch,
} from './operator/task-search.ts';
export { readStore } from './store/read-store.ts';
export { createWorker, type WorkerOptions } from './worker/create-worker.ts';
export { createOidcOriginCheck, type OidcOriginCheckOptions } from './worker/oidc-origin-check.ts';
export { createAppEngineOriginCheck, type OriginCheck } from './worker/origin-check.ts';
export type { StepOptions } from './worker/steps.ts';
export type { SweepReport } from './worker/sweep.ts';
export type { TaskDelivery } from './worker/task-delivery.ts';
export {
  type DeadTask,
  defineHandler,
  type TaskContext,
  type TaskHandler,
  type TaskHandlerDefinition,
} from './worker/task-handler.ts';
