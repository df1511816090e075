export type { LossyLink } from './bed/lossy-link.ts';
export type { WorkerLife } from './bed/replaceable-worker.ts';
export { startTaskTestBed, type TaskTestBed } from './bed/start-task-test-bed.ts';
export type { LogLine } from './bed/test-log.ts';
export type { CrashPoint } from './crash/mortal-firestore.ts';
export { type ScenarioRun, withEachCrash } from './crash/with-each-crash.ts';
