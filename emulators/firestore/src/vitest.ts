// A vitest environment: each test file has an emulator of its own on a free port, at FIRESTORE_EMULATOR_HOST.
import type { FirestoreEmulatorOptions } from './start-firestore-emulator.ts';
import { startEmulatorForTests } from './testing/emulator-for-tests.ts';

/** The part of an environment that vitest needs; its own type would make vitest a dependency. */
export interface VitestEnvironment {
  readonly name: string;
  /** Vitest 4. */
  readonly viteEnvironment: 'ssr';
  /** Vitest 1 to 3. */
  readonly transformMode: 'ssr';
  setup(global: unknown, options: Readonly<Record<string, unknown>>): Promise<{ teardown(): Promise<void> }>;
}

const environment: VitestEnvironment = {
  name: 'firestore-emulator',
  viteEnvironment: 'ssr',
  transformMode: 'ssr',
  async setup(_global, { 'firestore-emulator': options }) {
    const teardown = await startEmulatorForTests(
      process.env,
      options as FirestoreEmulatorOptions | undefined,
    );
    return { teardown };
  },
};

export default environment;
