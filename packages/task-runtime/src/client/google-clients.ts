import { Firestore } from '@google-cloud/firestore';
import { CloudTasksClient } from '@google-cloud/tasks';
import { withTimeout } from '@waybill/service-kit';
import { insecureEndpoint } from '@waybill/service-kit/insecure-endpoint';

/** The services, or emulators, that the clients connect to. */
export interface GoogleClientSettings {
  readonly project: string;
  /** Default `(default)`. */
  readonly database?: string | undefined;
  /** `host:port` of an emulator; default: the real service. */
  readonly firestoreEmulatorHost?: string | undefined;
  readonly cloudTasksEmulatorHost?: string | undefined;
}

/** Google's clients, one of each for the whole process. */
export interface GoogleClients {
  readonly firestore: Firestore;
  readonly cloudTasks: CloudTasksClient;
  /** Closes the connections; takes at most 2 s. */
  close(): Promise<void>;
}

/** Firestore's client waits for requests that it still retries, although nobody awaits their responses. */
const CLOSE_TIMEOUT_MS = 2_000;

/**
 * Maximum backoff between two tries to connect. gRPC's own is two minutes: for so long a service would go on failing
 * after the end of an outage.
 */
const CONNECTING = { 'grpc.max_reconnect_backoff_ms': 5_000 };

/**
 * Makes the clients. They connect at their first call: to Google's own services, encrypted and with the credentials of
 * the environment, or to an emulator, without either, where its host is given.
 */
export function createGoogleClients(settings: GoogleClientSettings): GoogleClients {
  const { project, database, firestoreEmulatorHost, cloudTasksEmulatorHost } = settings;
  const firestore = new Firestore({
    projectId: project,
    ...CONNECTING,
    ...(database !== undefined && { databaseId: database }),
    ...(firestoreEmulatorHost !== undefined && { host: firestoreEmulatorHost, ssl: false }),
  });
  const cloudTasks = new CloudTasksClient({
    projectId: project,
    ...CONNECTING,
    ...(cloudTasksEmulatorHost !== undefined && insecureEndpoint(cloudTasksEmulatorHost)),
  });
  return {
    firestore,
    cloudTasks,
    async close() {
      const closed = Promise.all([cloudTasks.close(), firestore.terminate()]);
      await withTimeout<unknown>(closed, CLOSE_TIMEOUT_MS, () => undefined);
    },
  };
}
