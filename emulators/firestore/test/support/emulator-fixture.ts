import { Firestore, type Settings } from '@google-cloud/firestore';
import {
  type FirestoreEmulator,
  type FirestoreEmulatorOptions,
  startFirestoreEmulator,
} from '../../src/index.ts';

/** An emulator and the official clients that talk to it, all closed by `close`. */
export interface Fixture {
  readonly port: number;
  readonly emulator: FirestoreEmulator;
  /** A client with a connection of its own, of the given project. */
  client(settings?: Settings): Firestore;
  close(): Promise<void>;
}

/** Starts an emulator on a free port, in memory unless told otherwise. */
export async function startFixture(options: Partial<FirestoreEmulatorOptions> = {}): Promise<Fixture> {
  const emulator = await startFirestoreEmulator({ port: 0, ...options });
  const clients: Firestore[] = [];
  return {
    port: emulator.port,
    emulator,
    client(settings = {}) {
      const client = connect(emulator.port, settings);
      clients.push(client);
      return client;
    },
    async close() {
      await Promise.all(clients.map((client) => client.terminate()));
      await emulator.close();
    },
  };
}

/** An official client of whatever listens on a port of this machine. */
export function connect(port: number, settings: Settings = {}): Firestore {
  return new Firestore({ projectId: 'test', host: `127.0.0.1:${port}`, ssl: false, ...settings });
}

/** Waits until something holds that no event tells; the test's own time-out is the bound. */
export async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
}
