// `node --import <package>/register app.js`: the official Node client of Cloud Tasks calls the emulator at
// CLOUD_TASKS_EMULATOR_HOST, by gRPC or by REST (`fallback`), without a change of the application's code.
import { registerHooks } from 'node:module';
import { emulatorClientOptions, withEmulatorOptions } from './client/client-options.ts';

/** Where the changed client finds the function: it is loaded as ESM or CommonJS, from any folder. */
const HOOK = Symbol.for('cloud-tasks-emulator.clientOptions');

Object.defineProperty(globalThis, HOOK, {
  value: (options: Readonly<Record<string, unknown>> | undefined, clientUrl: string) =>
    emulatorClientOptions(options ?? {}, clientUrl, process.env),
});

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    return withEmulatorOptions(url, loaded);
  },
});
