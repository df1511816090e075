// For programs that run the emulator: start, watch, stop.

export { MovableClock } from '@waybill/emulator-kit';
export { DataFolderError, type DataFolderErrorCode } from './data-folder/data-folder-error.ts';
export type { Dump } from './data-folder/dump-documents.ts';
export type { MissingIndex } from './indexes/index-rules.ts';
export {
  type FirestoreEmulator,
  type FirestoreEmulatorOptions,
  type OpenWork,
  startFirestoreEmulator,
} from './start-firestore-emulator.ts';
export { clearFirestoreEmulator } from './testing/clear-firestore-emulator.ts';
export type { Usage } from './usage/usage-meter.ts';
