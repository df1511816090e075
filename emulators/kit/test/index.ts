// `@waybill/emulator-kit/testing`: for the tests of emulators.
export {
  type ClientPrograms,
  clientPrograms,
  installClients,
  runLine,
  runProgram,
  skipWithout,
} from './client-programs.ts';
