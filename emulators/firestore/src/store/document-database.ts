import type { DatabaseSync } from 'node:sqlite';
import { openDatabase } from '@waybill/emulator-kit';

/** Raised whenever the tables change. */
const FORMAT = 1;

/**
 * `documents` holds what is there now, `versions` what was until `ended` (a commit's time), for reads in the past.
 * `key` sorts as Firestore orders names.
 */
const SCHEMA = `
  CREATE TABLE documents (
    key BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    collection TEXT NOT NULL,
    collection_group TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    data BLOB NOT NULL
  );
  CREATE INDEX documents_by_collection ON documents (collection, key);
  CREATE INDEX documents_by_group ON documents (collection_group, key);
  CREATE TABLE versions (
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL,
    name TEXT NOT NULL,
    collection TEXT NOT NULL,
    collection_group TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    data BLOB NOT NULL
  );
  CREATE INDEX versions_by_end ON versions (ended);
  CREATE TABLE times (name TEXT NOT NULL PRIMARY KEY, micros INTEGER NOT NULL);
  INSERT INTO times VALUES ('last', 0), ('oldest_readable', 0);
`;

/**
 * Opens `firestore.sqlite` in a folder, made if it isn't there; in memory without one. Only one process can have it open.
 * @throws {DatabaseInUseError} if another process uses the folder
 * @throws {Error} if the file was written in another format
 */
export function openDocumentDatabase(dataDir: string | undefined): DatabaseSync {
  return openDatabase({
    dataDir,
    fileName: 'firestore.sqlite',
    access: 'one process',
    format: FORMAT,
    schema: SCHEMA,
  });
}
