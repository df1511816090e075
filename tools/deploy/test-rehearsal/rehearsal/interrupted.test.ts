import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const rootDir = join(import.meta.dirname, '../../../..');

describe('a rehearsal that is interrupted', () => {
  let temporary: string;
  before(function () {
    // By /proc is seen what still runs.
    if (process.platform !== 'linux') this.skip();
  });
  beforeEach(() => {
    temporary = mkdtempSync(join(tmpdir(), 'interrupted-'));
  });
  afterEach(() => rmSync(temporary, { recursive: true, force: true }));

  /** The processes whose working folder is in `temporary`. */
  const running = (): string[] =>
    readdirSync('/proc').filter((pid) => {
      try {
        return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`).startsWith(temporary);
      } catch {
        return false;
      }
    });

  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    it(`by ${signal} ends the service under rehearsal, and leaves no file behind`, async () => {
      const main = spawn(process.execPath, ['tools/deploy/src/main.ts', 'rehearse', 'worker'], {
        cwd: rootDir,
        env: { ...process.env, TMPDIR: temporary },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = once(main, 'exit');
      try {
        for await (const line of createInterface({ input: main.stdout })) {
          if (!line.startsWith('  start ')) continue;
          assert.equal(running().length, 1);
          main.kill(signal);
          break;
        }
        assert.deepEqual(await ended, [code, null]);
        assert.deepEqual(
          readdirSync(temporary).filter((name) => name !== 'node-compile-cache'),
          [],
        );
        assert.deepEqual(running(), []);
      } finally {
        main.kill('SIGKILL');
        for (const pid of running()) process.kill(Number(pid), 'SIGKILL');
      }
    });
  }
});
