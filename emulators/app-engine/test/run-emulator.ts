import { on } from 'node:events';
import { MovableClock } from '@waybill/emulator-kit';
import {
  type AppEngineEmulator,
  type AppEngineEmulatorOptions,
  type EmulatorEvents,
  startAppEngineEmulator,
} from '../src/index.ts';

/** The secret that the tests' emulators trust. */
export const trustedToken = 'a-token-for-tests';

/** Starts an emulator on a free port for project `demo`, with short bounds. */
export function runEmulator(
  options: Partial<AppEngineEmulatorOptions> & Pick<AppEngineEmulatorOptions, 'services'>,
): Promise<AppEngineEmulator> {
  return startAppEngineEmulator({
    port: 0,
    project: 'demo',
    clock: new MovableClock(),
    trustedToken,
    environment: { PATH: process.env['PATH'] },
    ...options,
    limits: { stopGraceMs: 2000, ...options.limits },
  });
}

/** Waits for an event for which `matches` holds; only events after the call count. */
export async function eventThat<Name extends keyof EmulatorEvents>(
  emulator: AppEngineEmulator,
  name: Name,
  matches: (event: EmulatorEvents[Name][0]) => boolean,
): Promise<EmulatorEvents[Name][0]> {
  for await (const [event] of on(emulator.events, name)) {
    if (matches(event as EmulatorEvents[Name][0])) return event as EmulatorEvents[Name][0];
  }
  throw new Error('the emulator emits no more');
}
