import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openMovableClock } from '../movable-clock.ts';
import { prepareDataFolder } from './data-folder.ts';
import { openDatabase } from './open-database.ts';

describe('prepareDataFolder()', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'data-folder-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('makes the folder and those above it for their owner alone', () => {
    prepareDataFolder(join(folder, 'a/b'));
    assert.equal(statSync(join(folder, 'a/b')).mode & 0o777, 0o700);
  });

  for (const [name, path] of [
    ['a file', 'file'],
    ['a folder below a file', 'file/data'],
  ] as const) {
    it(`refuses ${name}, and so do the clock and the database`, () => {
      writeFileSync(join(folder, 'file'), '');
      const dataDir = join(folder, path);
      const expected = { code: 'DATA_DIR_UNUSABLE', folder: dataDir, message: /choose another folder/ };
      assert.throws(() => prepareDataFolder(dataDir), expected);
      assert.throws(() => openMovableClock(dataDir), expected);
      const database = { fileName: 'x.db', access: 'one process', format: 1, schema: '' } as const;
      assert.throws(() => openDatabase({ ...database, dataDir }), expected);
    });
  }
});
