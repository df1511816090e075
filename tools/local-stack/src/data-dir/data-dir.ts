import {
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  closePrivateFolder,
  DatabaseFiles,
  makePrivateFile,
  makePrivateFolder,
  PRIVATE_FILE_MODE,
} from '@waybill/emulator-kit';
import { awaitAbandonedProcesses } from './await-abandoned-processes.ts';

/** Thrown when a folder can't be used for the stack's data, or can no longer be used. Nothing in it was changed. */
export class DataDirError extends Error {
  override readonly name = 'DataDirError';
  readonly code: 'DATA_DIR_IN_USE' | 'DATA_DIR_NOT_OURS' | 'DATA_DIR_UNUSABLE' | 'DATA_DIR_GONE';

  constructor(code: DataDirError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** A data folder that belongs to this stack until `release()`. */
export interface DataDir {
  /** Absolute, symbolic links resolved. */
  readonly path: string;
  /** True if a killed stack used it and its processes ended only now; their ports may take a moment to become free. */
  readonly wasAbandoned: boolean;
  /** Resolves when the folder, or something in it, was removed, moved or replaced: the stack can store nothing more. */
  readonly gone: Promise<DataDirError>;
  /** Checks that everything is in its place; otherwise `gone` resolves. */
  isInPlace(): boolean;
  /** Resolves `gone`: a process found its data missing. */
  reportGone(): void;
  /** A folder in it, made at the first call. @throws {DataDirError} if it has disappeared since */
  folder(name: string): string;
  /** Remembers the processes that use the folder, for a start after this stack was killed. */
  rememberPids(pids: readonly number[]): void;
  /** Lets others use the folder. */
  release(): void;
}

const MARKER_FILE = '.waybill-data';
const LOCK_FILE = 'lock.sqlite';
const OWNER_FILE = 'owner.json';
const KEPT_WHEN_EMPTIED: readonly string[] = [MARKER_FILE, LOCK_FILE, `${LOCK_FILE}-journal`, OWNER_FILE];
/** Files that are made before they are used, so that they are private from the start. */
const OWN_FILES: readonly string[] = [MARKER_FILE, LOCK_FILE];
/** Maximum wait for the processes of a killed stack, which need a moment to notice and exit. */
export const ABANDONED_WAIT_MS = 15_000;
const CHECK_INTERVAL_MS = 250;

/**
 * Takes a folder for the stack's data, and creates it if needed. The lock is the operating system's, on a file: it ends
 * with the process that holds it, so it can never be stale. Waits until the processes of a killed stack have ended, because
 * they write to the folder until then.
 * @param options.fresh empties the folder, if a stack made it
 * @throws {DataDirError} if another stack uses the folder, if it holds things that no stack put there, or can't be written
 */
export async function openDataDir(options: { path: string; fresh: boolean }): Promise<DataDir> {
  try {
    return await takeDataDir(options);
  } catch (error) {
    if (error instanceof DataDirError) throw error;
    throw new DataDirError(
      'DATA_DIR_UNUSABLE',
      `${options.path} can't be used for the stack's data (${(error as Error).message}): make it a folder that you may write to, or choose another one with --data-dir`,
      error,
    );
  }
}

async function takeDataDir(options: { path: string; fresh: boolean }): Promise<DataDir> {
  makePrivateFolder(options.path);
  const path = realpathSync(options.path);
  markAsOurs(path);
  // Earlier versions left it readable for everybody.
  closePrivateFolder(path);
  for (const name of OWN_FILES) makePrivateFile(join(path, name));
  const lock = takeLock(path);
  const lockFile = new DatabaseFiles(lock);
  const ownerFile = join(path, OWNER_FILE);
  const rememberPids = (pids: readonly number[]): void =>
    writeFileSync(ownerFile, `${JSON.stringify({ pid: process.pid, pids })}\n`, { mode: PRIVATE_FILE_MODE });
  const abandonedPids = readOwner(path)?.pids ?? [];
  rememberPids(abandonedPids);
  await awaitAbandonedProcesses(abandonedPids, ABANDONED_WAIT_MS);
  if (options.fresh) empty(path);

  const folders = new Set<string>();
  const gone = Promise.withResolvers<DataDirError>();
  const reportGone = (): void => gone.resolve(goneError(path));
  const isInPlace = (): boolean => {
    try {
      lockFile.assertInPlace();
      for (const folder of folders) statSync(folder);
      return true;
    } catch {
      reportGone();
      return false;
    }
  };
  const looking = setInterval(isInPlace, CHECK_INTERVAL_MS).unref();
  return {
    path,
    wasAbandoned: abandonedPids.length > 0,
    gone: gone.promise,
    isInPlace,
    reportGone,
    folder(name) {
      const folder = join(path, name);
      if (!folders.has(folder)) makePrivateFolder(folder);
      else if (!existsSync(folder)) throw goneError(path);
      folders.add(folder);
      return folder;
    },
    rememberPids,
    release() {
      clearInterval(looking);
      // The file may belong to another stack by now.
      if (isInPlace()) rmSync(ownerFile, { force: true });
      lock.close();
    },
  };
}

function markAsOurs(path: string): void {
  const marker = join(path, MARKER_FILE);
  if (existsSync(marker)) return;
  if (readdirSync(path).length > 0) {
    throw new DataDirError(
      'DATA_DIR_NOT_OURS',
      `The folder ${path} holds files that the local stack did not put there: choose an empty or a new folder with --data-dir`,
    );
  }
  writeFileSync(marker, 'Data of the local stack (npm start). `npm start -- --fresh` empties this folder.\n');
}

function empty(path: string): void {
  for (const entry of readdirSync(path)) {
    if (!KEPT_WHEN_EMPTIED.includes(entry)) rmSync(join(path, entry), { recursive: true });
  }
}

function goneError(path: string): DataDirError {
  return new DataDirError(
    'DATA_DIR_GONE',
    `The data folder ${path}, or something in it, was removed, moved or replaced while the stack was using it. The stack ends, for it could keep nothing more. Put back what you want to keep, or begin anew with npm start -- --fresh`,
  );
}

function takeLock(path: string): DatabaseSync {
  const lock = new DatabaseSync(join(path, LOCK_FILE));
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    const SQLITE_BUSY = 5;
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    const owner = readOwner(path);
    throw new DataDirError(
      'DATA_DIR_IN_USE',
      `Another stack${owner ? ` (process ${owner.pid})` : ''} uses the folder ${path}: end that one, or choose another folder with --data-dir`,
    );
  }
}

function readOwner(path: string): { pid: number; pids: number[] } | undefined {
  try {
    return JSON.parse(readFileSync(join(path, OWNER_FILE), 'utf8')) as { pid: number; pids: number[] };
  } catch {
    // Missing, or half written when its writer was killed: it only improves messages and waits.
    return undefined;
  }
}
