import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { prepareDataFolder } from './data-folder.ts';
import { makePrivateFile } from './private-files.ts';

/** Thrown when another process has a database open that only one may have. Trying again helps once that one has ended. */
export class DatabaseInUseError extends Error {
  override readonly name = 'DatabaseInUseError';
  readonly code = 'DATABASE_IN_USE';
  readonly file: string;

  constructor(file: string, cause: unknown) {
    super(`${file} is used by another process: end that emulator, or choose another data folder`, { cause });
    this.file = file;
  }
}

/** Thrown when a newer version of an emulator wrote a data folder. The folder stays as it is. */
export class DataTooNewError extends Error {
  override readonly name = 'DataTooNewError';
  readonly code = 'DATA_TOO_NEW';
  readonly retryable = false;
  readonly file: string;

  constructor(file: string, found: number, format: number) {
    super(
      `${file} is in format ${found} of a newer version; this version reads up to format ${format}. Update the emulator, or choose another data folder`,
    );
    this.file = file;
  }
}

/** The durable memory of an emulator. */
export interface DatabaseOptions {
  /** The folder, made if it is missing; undefined: in memory, until the process ends. */
  readonly dataDir: string | undefined;
  /** The file in that folder. */
  readonly fileName: string;
  /** `one process`: a second one is refused. `shared`: a write waits for the other process, at most 5 s. */
  readonly access: 'one process' | 'shared';
  /** The number of the tables' format; rises whenever they change. */
  readonly format: number;
  /** Makes the tables of that format in a new file. */
  readonly schema: string;
  /** Statements that make format n + 1 of format n, by n. An older file is upgraded in one transaction. */
  readonly upgrades?: Readonly<Record<number, string>>;
}

const ACCESS = {
  // A second emulator on the same folder would dispatch every task twice, or be half believed.
  'one process': 'PRAGMA locking_mode = EXCLUSIVE;',
  shared: 'PRAGMA busy_timeout = 5000;',
};

/**
 * Opens a database that only its owner may read, whose acknowledged commits survive kill -9 and a power cut.
 * @throws {DataFolderUnusableError} if the folder can't be made or written
 * @throws {DatabaseInUseError} if another process has it open
 * @throws {DataTooNewError} if a newer version wrote it
 * @throws {Error} naming the file, if it cannot be used
 */
export function openDatabase(options: DatabaseOptions): DatabaseSync {
  const { dataDir, fileName, access } = options;
  if (dataDir !== undefined) prepareDataFolder(dataDir);
  const file = dataDir === undefined ? ':memory:' : join(dataDir, fileName);
  if (dataDir !== undefined) makeDatabasePrivate(file);
  const database = new DatabaseSync(file);
  try {
    database.exec(`${ACCESS[access]} PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;`);
    database.exec('BEGIN IMMEDIATE');
    bringToFormat(database, file, options);
    database.exec('COMMIT');
  } catch (error) {
    database.close();
    if (error instanceof DataTooNewError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    if (/locked|busy/.test(reason)) throw new DatabaseInUseError(file, error);
    throw new Error(`Cannot use ${file}: ${reason}`, { cause: error });
  }
  return database;
}

/** Makes the tables of a new file, or upgrades those of an older one. */
function bringToFormat(
  database: DatabaseSync,
  file: string,
  { format, schema, upgrades = {} }: DatabaseOptions,
): void {
  const found = Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
  if (found === format) return;
  if (found > format) throw new DataTooNewError(file, found, format);
  if (found === 0) database.exec(schema);
  for (let from = found; from > 0 && from < format; from += 1) {
    const statements = upgrades[from];
    if (statements === undefined) {
      throw new Error(`the data is in format ${from}, which this version cannot upgrade to ${from + 1}`);
    }
    database.exec(statements);
  }
  database.exec(`PRAGMA user_version = ${format};`);
}

/** SQLite gives the files that it makes beside a database the mode of the database. */
function makeDatabasePrivate(file: string): void {
  makePrivateFile(file);
  for (const each of [`${file}-wal`, `${file}-shm`]) if (existsSync(each)) makePrivateFile(each);
}
