import { type FirestoreEmulatorOptions, startFirestoreEmulator } from '../start-firestore-emulator.ts';

/**
 * Starts an emulator on a free port and points clients at it by FIRESTORE_EMULATOR_HOST.
 * @param env the environment of the tests' process; it is changed
 * @returns ends the emulator and restores the variable
 */
export async function startEmulatorForTests(
  env: Record<string, string | undefined>,
  options: FirestoreEmulatorOptions = {},
): Promise<() => Promise<void>> {
  const emulator = await startFirestoreEmulator(options);
  const before = env['FIRESTORE_EMULATOR_HOST'];
  env['FIRESTORE_EMULATOR_HOST'] = `${emulator.host}:${emulator.port}`;
  return async () => {
    if (before === undefined) delete env['FIRESTORE_EMULATOR_HOST'];
    else env['FIRESTORE_EMULATOR_HOST'] = before;
    await emulator.close();
  };
}
