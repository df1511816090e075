export { type ScenarioRun, withEachCrash } from './each-crash.ts';
export type { LossyLink } from './lossy-link.ts';
export type { CrashPoint } from './mortal-firestore.ts';
export { type LogLine, startTaskTestBed, type TaskTestBed, type WorkerLife } from './task-test-bed.ts';
