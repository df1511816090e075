import { once } from 'node:events';
import { CloudTasksClient } from '@google-cloud/tasks';
import { MovableClock } from '@waybill/emulator-kit';
import { grpc } from 'google-gax';
import {
  type CloudTasksEmulator,
  type CloudTasksEmulatorOptions,
  type EmulatorEventMap,
  startCloudTasksEmulator,
} from '../../src/index.ts';

export const PARENT = 'projects/demo/locations/us-central1';

/** A running emulator with the official client on it. */
export interface TestEmulator {
  readonly emulator: CloudTasksEmulator;
  readonly client: CloudTasksClient;
  readonly clock: MovableClock;
  close(): Promise<void>;
}

/** Starts an emulator in memory on a free port, with a clock of its own. */
export async function startTestEmulator(
  options: Partial<CloudTasksEmulatorOptions> = {},
): Promise<TestEmulator> {
  const clock = options.clock ?? new MovableClock();
  const emulator = await startCloudTasksEmulator({ port: 0, closeGraceMs: 100, ...options, clock });
  const client = createClient(emulator.port);
  return {
    emulator,
    client,
    clock,
    async close() {
      await client.close();
      await emulator.close();
    },
  };
}

export function createClient(port: number): CloudTasksClient {
  return new CloudTasksClient(clientOptions(port));
}

/** Options by which official clients of any version reach an emulator. */
export function clientOptions(port: number) {
  return {
    projectId: 'demo',
    sslCreds: grpc.credentials.createInsecure(),
    apiEndpoint: '127.0.0.1',
    port,
  };
}

/** Moves the clock ahead by so many milliseconds. */
export function advance(clock: MovableClock, ms: number): void {
  clock.setOffset(clock.offsetMs + ms);
}

/** Resolves with the next event of that name. */
export async function nextEvent<Name extends keyof EmulatorEventMap>(
  { events }: CloudTasksEmulator,
  name: Name,
): Promise<EmulatorEventMap[Name][0]> {
  const [payload] = (await once(events, name)) as EmulatorEventMap[Name];
  return payload as EmulatorEventMap[Name][0];
}
