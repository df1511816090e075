import type { Firestore } from '@google-cloud/firestore';
import { createGoogleClients } from '@waybill/task-runtime';
import { checkProjectId } from './check-project-id.ts';

/** The database that a command works on. */
export interface FirestoreTarget {
  readonly project: string;
  readonly database: string;
  /** `host:port` of an emulator. */
  readonly endpoint?: string;
}

/** Flags that name the database; for `readFlags`. */
export const FIRESTORE_TARGET_FLAGS = {
  project: { type: 'string' },
  database: { type: 'string', default: '(default)' },
  endpoint: { type: 'string' },
} as const;

/** Checks the values of {@link FIRESTORE_TARGET_FLAGS}; adds to `problems` what is wrong with them. */
export function readFirestoreTarget(
  values: {
    readonly project?: string | undefined;
    readonly database: string;
    readonly endpoint?: string | undefined;
  },
  problems: string[],
): FirestoreTarget {
  const { project = '', database, endpoint } = values;
  checkProjectId(project, problems);
  if (endpoint !== undefined && !/^(\[[0-9a-f:]+\]|[A-Za-z0-9.-]+):\d{1,5}$/i.test(endpoint)) {
    problems.push(`--endpoint must be host:port, such as 127.0.0.1:8080, got "${endpoint}"`);
  }
  return { project, database, ...(endpoint !== undefined && { endpoint }) };
}

/** Creates the client of a database. */
export function connectFirestore({ project, database, endpoint }: FirestoreTarget): Firestore {
  return createGoogleClients({ project, database, firestoreEmulatorHost: endpoint }).firestore;
}
