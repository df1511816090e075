export { type LogLine, startTaskTestBed, type TaskTestBed } from './task-test-bed.ts';
