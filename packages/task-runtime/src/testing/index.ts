export { type ScenarioRun, withEachCrash } from './each-crash.ts';
export type { CrashPoint } from './mortal-firestore.ts';
export { type LogLine, startTaskTestBed, type TaskTestBed } from './task-test-bed.ts';
