import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DatabaseFiles, DatabaseGoneError } from './database-files.ts';

describe('DatabaseFiles', () => {
  let parent: string;
  let folder: string;
  let database: DatabaseSync;
  let files: DatabaseFiles;

  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'database-files-'));
    folder = join(parent, 'data');
    mkdirSync(folder);
    database = new DatabaseSync(join(folder, 'x.db'));
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; CREATE TABLE t (a);');
    files = new DatabaseFiles(database);
  });

  afterEach(() => {
    database.close();
    rmSync(parent, { recursive: true });
  });

  it('finds them in place, also after writes and checkpoints', () => {
    database.exec('INSERT INTO t VALUES (1); PRAGMA wal_checkpoint(TRUNCATE); INSERT INTO t VALUES (2)');
    files.assertInPlace();
  });

  const changes: Record<string, () => void> = {
    'the folder was removed': () => rmSync(folder, { recursive: true }),
    'the folder was moved': () => renameSync(folder, join(parent, 'elsewhere')),
    'the folder was replaced by a copy': () => {
      renameSync(folder, join(parent, 'elsewhere'));
      cpSync(join(parent, 'elsewhere'), folder, { recursive: true });
    },
    'the database was removed': () => rmSync(join(folder, 'x.db')),
    'the write-ahead log was removed': () => rmSync(join(folder, 'x.db-wal')),
  };
  for (const [what, change] of Object.entries(changes)) {
    it(`refuses when ${what}`, async () => {
      change();
      // SQLite itself sees nothing amiss.
      database.exec('INSERT INTO t VALUES (1)');
      assert.throws(() => files.assertInPlace(), DatabaseGoneError);
      assert.match((await files.gone).message, /data\/x\.db(-wal)? was removed, moved or replaced/);
    });
  }

  it('has nothing to say of a database in memory', () => {
    const inMemory = new DatabaseSync(':memory:');
    new DatabaseFiles(inMemory).assertInPlace();
    inMemory.close();
  });
});
