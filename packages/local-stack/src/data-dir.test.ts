import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataDirError, openDataDir } from './data-dir.ts';

describe('openDataDir()', () => {
  let parent: string;
  let path: string;

  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'data-dir-'));
    path = join(parent, 'data');
  });

  afterEach(() => rmSync(parent, { recursive: true }));

  it('keeps what is in the folder', () => {
    const first = openDataDir({ path, fresh: false });
    writeFileSync(join(first.folder('firestore-emulator'), 'x'), '');
    first.release();
    const second = openDataDir({ path, fresh: false });
    assert.ok(existsSync(join(second.path, 'firestore-emulator/x')));
    second.release();
  });

  it('empties it when asked to', () => {
    const first = openDataDir({ path, fresh: false });
    writeFileSync(join(first.folder('firestore-emulator'), 'x'), '');
    first.release();
    const second = openDataDir({ path, fresh: true });
    assert.equal(existsSync(join(second.path, 'firestore-emulator')), false);
    second.release();
    openDataDir({ path, fresh: false }).release();
  });

  for (const fresh of [false, true]) {
    it(`leaves a folder alone that no stack made, fresh or not (${fresh})`, () => {
      mkdirSync(path);
      writeFileSync(join(path, 'thesis.txt'), 'years of work');
      assert.throws(
        () => openDataDir({ path, fresh }),
        (error) => error instanceof DataDirError && error.code === 'DATA_DIR_NOT_OURS',
      );
      assert.ok(existsSync(join(path, 'thesis.txt')));
      assert.equal(existsSync(join(path, '.waybill-data')), false);
    });
  }

  it('takes an empty folder', () => {
    mkdirSync(path);
    openDataDir({ path, fresh: true }).release();
  });

  it('refuses a folder in use, naming the process, even to empty it', () => {
    const first = openDataDir({ path, fresh: false });
    first.folder('firestore-emulator');
    for (const fresh of [false, true]) {
      assert.throws(
        () => openDataDir({ path, fresh }),
        (error) =>
          error instanceof DataDirError &&
          error.code === 'DATA_DIR_IN_USE' &&
          error.message.includes(`process ${process.pid}`),
      );
    }
    assert.ok(existsSync(join(path, 'firestore-emulator')));
    first.release();
    openDataDir({ path, fresh: false }).release();
  });

  it('takes over from a stack that was killed, and knows the processes it left', async () => {
    const killed = spawn(
      process.execPath,
      [
        '--input-type=module-typescript',
        '--eval',
        `import { openDataDir } from ${JSON.stringify(new URL('./data-dir.ts', import.meta.url).href)};
         const dataDir = openDataDir({ path: ${JSON.stringify(path)}, fresh: false });
         dataDir.rememberPids([4711]);
         process.stdout.write('locked');
         // Holds on to it: what is collected lets go.
         setInterval(() => dataDir.path, 1_000);`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(killed.stdout, 'data');
    assert.throws(() => openDataDir({ path, fresh: false }), DataDirError);
    const ended = once(killed, 'close');
    killed.kill('SIGKILL');
    await ended;
    const next = openDataDir({ path, fresh: false });
    assert.deepEqual(next.abandonedPids, [4711]);
    next.release();
    const afterwards = openDataDir({ path, fresh: false });
    assert.deepEqual(afterwards.abandonedPids, []);
    afterwards.release();
  });
});
