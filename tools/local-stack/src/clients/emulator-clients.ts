import { Firestore } from '@google-cloud/firestore';
import { CloudTasksClient } from '@google-cloud/tasks';
import { grpc } from 'google-gax';
import { HOST, PROJECT } from '../settings/local-settings.ts';

/** The official Firestore client, pointed at the emulator. Close it with `terminate()`. */
export function createFirestoreClient(port: number): Firestore {
  return new Firestore({ projectId: PROJECT, host: `${HOST}:${port}`, ssl: false });
}

/** The official Cloud Tasks client, pointed at the emulator. Close it with `close()`. */
export function createTasksClient(port: number): CloudTasksClient {
  return new CloudTasksClient({
    projectId: PROJECT,
    sslCreds: grpc.credentials.createInsecure(),
    apiEndpoint: HOST,
    port,
  });
}
