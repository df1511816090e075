// For this repository's own test kits: no promise is made about these names.
export { fromTaskDocument, taskCollection, toTaskDocument } from './ledger/task-document.ts';
export { adoptedAs, randomTaskId } from './ledger/task-name.ts';
export { newTaskRecord } from './ledger/task-record.ts';
export { uncompensated } from './ledger/transitions/death.ts';
export { compensateByHandlers } from './worker/handlers-by-path.ts';
export type { AttemptTiming } from './worker/run-attempt.ts';
export { sweep } from './worker/sweep.ts';
