export {
  type FirestoreEmulator,
  type FirestoreEmulatorOptions,
  startFirestoreEmulator,
} from './start-firestore-emulator.ts';
