import type { DatabaseSync } from 'node:sqlite';

/** Raised whenever the tables change. */
const FORMAT = 1;

/**
 * Makes the tables in a new file; checks the format of an old one.
 *
 * `documents` holds what is there now, `versions` what was until `ended` (a commit's time), for reads in the past.
 * `key` sorts as Firestore orders names.
 * @throws {Error} if the file was written in another format
 */
export function prepareSchema(database: DatabaseSync): void {
  const { user_version: format } = database.prepare('PRAGMA user_version').get() as { user_version: number };
  if (format === FORMAT) return;
  if (format !== 0) {
    throw new Error(
      `The data is in format ${format}, this version reads format ${FORMAT}: delete the data folder to start empty`,
    );
  }
  database.exec(`
    BEGIN;
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
    PRAGMA user_version = ${FORMAT};
    COMMIT;
  `);
}
