import type { DatabaseSync } from 'node:sqlite';
import { DatabaseInUseError, openDatabase } from '@waybill/emulator-kit';

/** Raised whenever the tables change; UPGRADES has the way from the format before. */
const FORMAT = 2;

/**
 * A task's row never changes; what does change (its attempts, the time of its next one) has a table of its own,
 * so that an attempt doesn't write the body again. Tombstones are in the order in which they expire.
 */
const SCHEMA = `
  CREATE TABLE queues (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    settings TEXT NOT NULL,
    paused INTEGER NOT NULL DEFAULT 0,
    purge_micros INTEGER
  ) STRICT;
  CREATE TABLE queue_tombstones (
    name TEXT PRIMARY KEY,
    expires_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    queue_id INTEGER NOT NULL,
    task_id TEXT NOT NULL,
    create_micros INTEGER NOT NULL,
    schedule_micros INTEGER NOT NULL,
    deadline_micros INTEGER,
    target TEXT NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (queue_id, task_id)
  ) STRICT;
  CREATE TABLE attempts (
    id INTEGER PRIMARY KEY,
    schedule_micros INTEGER NOT NULL,
    dispatch_count INTEGER NOT NULL,
    response_count INTEGER NOT NULL,
    execution_count INTEGER NOT NULL,
    first_dispatch_micros INTEGER NOT NULL,
    last_schedule_micros INTEGER NOT NULL,
    last_dispatch_micros INTEGER NOT NULL,
    last_response_micros INTEGER,
    last_code INTEGER,
    last_message TEXT,
    previous_status INTEGER,
    previous_reason TEXT
  ) STRICT;
  CREATE TABLE task_tombstones (
    id INTEGER PRIMARY KEY,
    queue_id INTEGER NOT NULL,
    task_id TEXT NOT NULL,
    expires_ms INTEGER NOT NULL,
    UNIQUE (queue_id, task_id)
  ) STRICT;
`;

/** Tables of format 2. An early form of format 1 had them already. */
const FORMAT_2_TABLES = `
  CREATE TABLE IF NOT EXISTS operations (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    message BLOB NOT NULL,
    expires_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS iam_policies (
    queue_id INTEGER PRIMARY KEY,
    policy TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS cmek_configs (
    location TEXT PRIMARY KEY,
    kms_key TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/**
 * Opens `cloud-tasks.db` in the folder (made if missing), or a database in memory that ends with the process.
 * Only one process can have it open.
 * @throws {DataTooNewError} if a newer version of the emulator wrote it
 * @throws {Error} naming the file, if another process has it
 */
export function openTaskDatabase(dataDir: string | undefined): DatabaseSync {
  try {
    return openDatabase({
      dataDir,
      fileName: 'cloud-tasks.db',
      access: 'one process',
      format: FORMAT,
      schema: `${SCHEMA}${FORMAT_2_TABLES}`,
      upgrades: { 1: FORMAT_2_TABLES },
    });
  } catch (error) {
    if (!(error instanceof DatabaseInUseError)) throw error;
    throw new Error(`Cannot use ${error.file}: another process has it open; end that one first`, {
      cause: error,
    });
  }
}
