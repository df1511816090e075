export type { CrashPoint } from './crash/mortal-firestore.ts';
export { type ScenarioRun, withEachCrash } from './crash/with-each-crash.ts';
export type { LossyLink } from './lossy-link.ts';
export { type LogLine, startTaskTestBed, type TaskTestBed, type WorkerLife } from './task-test-bed.ts';
