// Mocha hooks: an emulator on a free port, at FIRESTORE_EMULATOR_HOST, for a file or for a run.
import type { FirestoreEmulatorOptions } from './start-firestore-emulator.ts';
import { startEmulatorForTests } from './testing/emulator-for-tests.ts';

type Hook = (run: () => Promise<void>) => void;

/** Gives the file, or the `describe`, that calls it an emulator of its own, from before its tests until after them. */
export function useFirestoreEmulator(options: FirestoreEmulatorOptions = {}): void {
  const { before, after } = globalThis as unknown as { before?: Hook; after?: Hook };
  if (before === undefined || after === undefined) {
    throw new Error('useFirestoreEmulator() must be called in a test file that mocha runs');
  }
  let stop: (() => Promise<void>) | undefined;
  before(async () => {
    stop = await startEmulatorForTests(process.env, options);
  });
  after(async () => stop?.());
}

let stopForRun: (() => Promise<void>) | undefined;

/** For `mocha --require`: one emulator for the run; with `--parallel` one for each file. */
export const mochaHooks = {
  async beforeAll(): Promise<void> {
    stopForRun = await startEmulatorForTests(process.env);
  },
  async afterAll(): Promise<void> {
    await stopForRun?.();
  },
};
