import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Thrown when a folder can't be used for the stack's data. Nothing in it was changed. */
export class DataDirError extends Error {
  override readonly name = 'DataDirError';
  readonly code: 'DATA_DIR_IN_USE' | 'DATA_DIR_NOT_OURS';

  constructor(code: DataDirError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** A data folder that belongs to this stack until `release()`. */
export interface DataDir {
  /** Absolute, symbolic links resolved. */
  readonly path: string;
  /** The processes that a stack which was killed had started; they may not have ended yet. */
  readonly abandonedPids: readonly number[];
  /** A folder in it, made if it isn't there. */
  folder(name: string): string;
  /** Remembers the processes that use the folder, for a start after this stack was killed. */
  rememberPids(pids: readonly number[]): void;
  /** Lets others use the folder. */
  release(): void;
}

const MARKER_FILE = '.waybill-data';
const LOCK_FILE = 'lock.sqlite';
const OWNER_FILE = 'owner.json';
const KEPT_WHEN_EMPTIED: readonly string[] = [MARKER_FILE, LOCK_FILE, `${LOCK_FILE}-journal`];

/**
 * Takes a folder for the stack's data, making it if it isn't there. The lock is the operating system's, on a file:
 * it ends with the process that holds it, however that ends, so a lock can never be stale.
 * @param options.fresh empties the folder, if a stack made it
 * @throws {DataDirError} if another stack uses the folder, or if it holds things that no stack put there
 */
export function openDataDir(options: { path: string; fresh: boolean }): DataDir {
  mkdirSync(options.path, { recursive: true });
  const path = realpathSync(options.path);
  const marker = join(path, MARKER_FILE);
  if (!existsSync(marker)) {
    if (readdirSync(path).length > 0) {
      throw new DataDirError(
        'DATA_DIR_NOT_OURS',
        `The folder ${path} holds files that the local stack did not put there: choose an empty or a new folder with --data-dir`,
      );
    }
    writeFileSync(
      marker,
      'Data of the local stack (npm start). `npm start -- --fresh` empties this folder.\n',
    );
  }
  const lock = takeLock(path);
  const ownerFile = join(path, OWNER_FILE);
  const abandonedPids = readOwner(path)?.pids ?? [];
  if (options.fresh) {
    for (const entry of readdirSync(path)) {
      if (!KEPT_WHEN_EMPTIED.includes(entry)) rmSync(join(path, entry), { recursive: true });
    }
  }
  const rememberPids = (pids: readonly number[]): void =>
    writeFileSync(ownerFile, `${JSON.stringify({ pid: process.pid, pids })}\n`);
  rememberPids(abandonedPids);
  return {
    path,
    abandonedPids,
    folder(name) {
      const folder = join(path, name);
      mkdirSync(folder, { recursive: true });
      return folder;
    },
    rememberPids,
    release() {
      rmSync(ownerFile, { force: true });
      lock.close();
    },
  };
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
    // Not there, or half written when its writer was killed: it only makes messages and waits better.
    return undefined;
  }
}
