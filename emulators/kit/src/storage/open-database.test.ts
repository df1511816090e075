import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { type DatabaseOptions, openDatabase } from './open-database.ts';

describe('openDatabase()', () => {
  let folder: string;
  let opened: DatabaseSync[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'open-database-'));
    opened = [];
  });
  afterEach(() => {
    for (const database of opened) database.close();
    rmSync(folder, { recursive: true });
  });

  function open(options: Partial<DatabaseOptions> = {}): DatabaseSync {
    const database = openDatabase({
      dataDir: join(folder, 'data'),
      fileName: 'toy.sqlite',
      access: 'shared',
      format: 1,
      schema: 'CREATE TABLE t (a INTEGER PRIMARY KEY) STRICT;',
      ...options,
    });
    opened.push(database);
    return database;
  }
  const pragma = (database: DatabaseSync, name: string) =>
    Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];

  it('makes folder, file and tables once, and syncs every commit to the disk', () => {
    const first = open();
    first.exec('INSERT INTO t VALUES (1)');
    assert.deepEqual(
      ['journal_mode', 'synchronous', 'user_version'].map((name) => pragma(first, name)),
      ['wal', 2, 1],
    );
    opened.pop()?.close();
    assert.equal(open().prepare('SELECT a FROM t').all().length, 1);
  });

  it('keeps its files and its folder from other users, also those of earlier versions', () => {
    open().exec('INSERT INTO t VALUES (1)');
    const files = () => readdirSync(join(folder, 'data')).map((name) => join(folder, 'data', name));
    const modes = () => files().map((file) => [file, statSync(file).mode & 0o777]);
    assert.equal(statSync(join(folder, 'data')).mode & 0o777, 0o700);
    const isPrivate = files().map((file) => [file, 0o600]);
    assert.equal(isPrivate.length, 3);
    assert.deepEqual(modes(), isPrivate);
    for (const file of files()) chmodSync(file, 0o644);
    open().exec('INSERT INTO t VALUES (2)');
    assert.deepEqual(modes(), isPrivate);
  });

  it('keeps a database without a folder in memory', () => {
    const database = open({ dataDir: undefined });
    assert.equal(database.location(), null);
    database.exec('INSERT INTO t VALUES (1)');
  });

  it('lets a second process in only where it is shared', () => {
    open();
    open().exec('INSERT INTO t VALUES (1)');
    const alone = { fileName: 'alone.sqlite', access: 'one process' } as const;
    open(alone);
    assert.throws(() => open(alone), {
      code: 'DATABASE_IN_USE',
      message: /alone\.sqlite is used by another process: end that emulator, or choose another data folder/,
    });
  });

  it('upgrades an older format step by step, in one transaction', () => {
    open().exec('INSERT INTO t VALUES (1)');
    opened.pop()?.close();
    const later = { format: 3, schema: 'CREATE TABLE u (b INTEGER) STRICT;' };
    const first = 'ALTER TABLE t ADD COLUMN b INTEGER;';
    assert.throws(() => open({ ...later, upgrades: { 1: first, 2: 'UPDATE missing SET b = 1;' } }), {
      message: /Cannot use .*toy\.sqlite: no such table: missing/,
    });
    assert.equal(pragma(open(), 'user_version'), 1);
    opened.pop()?.close();
    const upgraded = open({ ...later, upgrades: { 1: first, 2: 'UPDATE t SET b = a + 1;' } });
    assert.deepEqual({ ...upgraded.prepare('SELECT a, b FROM t').get() }, { a: 1, b: 2 });
    assert.equal(pragma(upgraded, 'user_version'), 3);
  });

  it('refuses a newer format, and leaves the file as it is', () => {
    open({ format: 2 });
    opened.pop()?.close();
    assert.throws(() => open(), {
      code: 'DATA_TOO_NEW',
      message: /toy\.sqlite is in format 2 of a newer version; this version reads up to format 1/,
    });
    open({ format: 2 }).exec('INSERT INTO t VALUES (1)');
  });

  it('names an older format without an upgrade', () => {
    open();
    opened.pop()?.close();
    assert.throws(() => open({ format: 2 }), {
      message: /Cannot use .*toy\.sqlite: the data is in format 1, which this version cannot upgrade to 2/,
    });
  });

  it('names a file that is no database', () => {
    writeFileSync(join(folder, 'toy.sqlite'), 'x'.repeat(1_000));
    assert.throws(() => open({ dataDir: folder }), /Cannot use .*toy\.sqlite: file is not a database/);
  });
});
