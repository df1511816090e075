// The API for consoles, operators' tools, and services that act on tasks as an operator does.

// For all that act on tasks.

export {
  PayloadErasedError,
  RecordUnreadableError,
  TaskNotFoundError,
  TaskStateError,
  VerdictNeededError,
} from './errors.ts';
export type { Compensate } from './ledger/give-up-task.ts';
export type { Actor } from './ledger/transitions/operator-actions.ts';
export { setMissingEraseTimes } from './operator/set-missing-erase-times.ts';
export { TaskOperator } from './operator/task-operator.ts';

// For consoles: finds, lists and counts tasks.

export { TaskFilterError } from './errors.ts';
export { countTasksInFlight, type TasksInFlight } from './operator/count-tasks-in-flight.ts';
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

// For consoles: reads a task's record, and its names in Cloud Tasks.

export type { RecordProblem } from './ledger/record-form.ts';
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
export { CONTENTION, contentionCount } from './ledger/transitions/contention.ts';
export { MAX_HISTORY_LENGTH } from './ledger/transitions/history.ts';
