import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
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

  it('keeps what is in the folder', async () => {
    const first = await openDataDir({ path, fresh: false });
    writeFileSync(join(first.folder('firestore-emulator'), 'x'), '');
    first.release();
    const second = await openDataDir({ path, fresh: false });
    assert.ok(existsSync(join(second.path, 'firestore-emulator/x')));
    second.release();
  });

  it('empties it when asked to', async () => {
    const first = await openDataDir({ path, fresh: false });
    writeFileSync(join(first.folder('firestore-emulator'), 'x'), '');
    first.release();
    const second = await openDataDir({ path, fresh: true });
    assert.equal(existsSync(join(second.path, 'firestore-emulator')), false);
    second.release();
    (await openDataDir({ path, fresh: false })).release();
  });

  for (const fresh of [false, true]) {
    it(`leaves a folder alone that no stack made, fresh or not (${fresh})`, async () => {
      mkdirSync(path);
      writeFileSync(join(path, 'thesis.txt'), 'years of work');
      await assert.rejects(
        openDataDir({ path, fresh }),
        (error) => error instanceof DataDirError && error.code === 'DATA_DIR_NOT_OURS',
      );
      assert.ok(existsSync(join(path, 'thesis.txt')));
      assert.equal(existsSync(join(path, '.waybill-data')), false);
    });
  }

  it('takes an empty folder', async () => {
    mkdirSync(path);
    (await openDataDir({ path, fresh: true })).release();
  });

  it('names what is no folder, and says what to do', async () => {
    writeFileSync(path, '');
    await assert.rejects(
      openDataDir({ path, fresh: false }),
      (error) =>
        error instanceof DataDirError &&
        error.code === 'DATA_DIR_UNUSABLE' &&
        error.message.startsWith(`${path} can't be used for the stack's data (EEXIST`) &&
        error.message.endsWith('choose another one with --data-dir'),
    );
  });

  it('refuses a folder in use, naming the process, even to empty it', async () => {
    const first = await openDataDir({ path, fresh: false });
    first.folder('firestore-emulator');
    for (const fresh of [false, true]) {
      await assert.rejects(
        openDataDir({ path, fresh }),
        (error) =>
          error instanceof DataDirError &&
          error.code === 'DATA_DIR_IN_USE' &&
          error.message.includes(`process ${process.pid}`),
      );
    }
    assert.ok(existsSync(join(path, 'firestore-emulator')));
    first.release();
    (await openDataDir({ path, fresh: false })).release();
  });

  describe('after a stack was killed', () => {
    let started: ChildProcess[];

    beforeEach(() => {
      started = [];
    });

    afterEach(() => {
      for (const child of started) child.kill('SIGKILL');
    });

    /** Runs code in a process of its own, up to the first line that it prints. */
    async function run(code: string): Promise<ChildProcess> {
      const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', code], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      started.push(child);
      await once(child.stdout, 'data');
      return child;
    }

    async function end(child: ChildProcess): Promise<void> {
      const ended = once(child, 'close');
      child.kill('SIGKILL');
      await ended;
    }

    /** A process that writes to the folder until its stdin is closed, and a stack that knows it and was killed. */
    async function abandon(): Promise<ChildProcess> {
      mkdirSync(path);
      writeFileSync(join(path, '.waybill-data'), '');
      const abandoned = await run(`
        import { appendFileSync, mkdirSync } from 'node:fs';
        mkdirSync(${JSON.stringify(join(path, 'mailbox'))});
        process.stdout.write('writes');
        process.stdin.on('end', () => {
          appendFileSync(${JSON.stringify(join(path, 'mailbox/last'))}, 'words');
          process.exit();
        }).resume();`);
      const stack = await run(`
        import { openDataDir } from ${JSON.stringify(new URL('./data-dir.ts', import.meta.url).href)};
        const dataDir = await openDataDir({ path: ${JSON.stringify(path)}, fresh: false });
        dataDir.rememberPids([${abandoned.pid}]);
        process.stdout.write('locked');
        // Holds on to it: what is collected lets go.
        setInterval(() => dataDir.path, 1_000);`);
      await assert.rejects(openDataDir({ path, fresh: false }), DataDirError);
      await end(stack);
      return abandoned;
    }

    it('waits for the processes that it left, and forgets them then', async () => {
      const abandoned = await abandon();
      const opening = openDataDir({ path, fresh: false });
      abandoned.stdin?.end();
      const next = await opening;
      assert.equal(next.wasAbandoned, true);
      assert.notEqual(abandoned.exitCode ?? abandoned.signalCode, null);
      assert.equal(readFileSync(join(path, 'mailbox/last'), 'utf8'), 'words');
      next.release();
      const afterwards = await openDataDir({ path, fresh: false });
      assert.equal(afterwards.wasAbandoned, false);
      afterwards.release();
    });

    it('empties the folder only when they have ended', async () => {
      const abandoned = await abandon();
      const opening = openDataDir({ path, fresh: true });
      assert.ok(existsSync(join(path, 'mailbox')), 'emptied under a process that writes to it');
      abandoned.stdin?.end();
      const next = await opening;
      assert.equal(existsSync(join(path, 'mailbox')), false);
      next.release();
    });
  });

  const changes: Record<string, () => void> = {
    'it is removed': () => rmSync(path, { recursive: true }),
    'it is moved': () => renameSync(path, join(parent, 'elsewhere')),
    'it is replaced by a copy': () => {
      renameSync(path, join(parent, 'elsewhere'));
      cpSync(join(parent, 'elsewhere'), path, { recursive: true });
    },
    'a folder in it is removed': () => rmSync(join(path, 'mailbox'), { recursive: true }),
  };
  for (const [what, change] of Object.entries(changes)) {
    it(`notices when ${what}`, async () => {
      const dataDir = await openDataDir({ path, fresh: false });
      dataDir.folder('mailbox');
      assert.equal(dataDir.isInPlace(), true);
      change();
      // By itself: nothing asks.
      assert.match((await dataDir.gone).message, /^The data folder .*data, or something in it, was removed/);
      assert.equal(dataDir.isInPlace(), false);
      dataDir.release();
    });
  }

  it('makes no folder anew that was there', async () => {
    const dataDir = await openDataDir({ path, fresh: false });
    rmSync(dataDir.folder('mailbox'), { recursive: true });
    assert.throws(
      () => dataDir.folder('mailbox'),
      (error) => error instanceof DataDirError && error.code === 'DATA_DIR_GONE',
    );
    dataDir.release();
  });

  it('leaves alone what another stack put in its place', async () => {
    const first = await openDataDir({ path, fresh: false });
    renameSync(path, join(parent, 'elsewhere'));
    const second = await openDataDir({ path, fresh: false });
    first.release();
    assert.ok(existsSync(join(path, 'owner.json')));
    second.release();
  });
});
