import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const rootDir = join(import.meta.dirname, '../..');

const mocha = join(rootDir, 'node_modules/mocha/bin/mocha.js');
const workspace = join(rootDir, 'scripts');

describe('.mocharc.cjs', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'old-node-'));
  });

  after(() => rmSync(folder, { recursive: true }));

  /** Runs mocha in a workspace on a Node that says it is of this version. */
  function runOn(version: string, args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
    const preload = join(folder, 'version.cjs');
    const versions = `{ ...process.versions, node: '${version}' }`;
    writeFileSync(preload, `Object.defineProperty(process, 'versions', { value: ${versions} });\n`);
    return promisify(execFile)(
      process.execPath,
      ['--require', preload, mocha, '--config', '../.mocharc.cjs', ...args],
      { cwd: workspace, timeout: 30_000 },
    );
  }

  it('tells a too old Node, in one line, which command to run', async () => {
    await assert.rejects(runOn('20.20.2', ['--dry-run']), {
      code: 1,
      stdout: '',
      stderr: `Waybill's tests need Node 24, and this is Node 20.20.2: run "npm test -w scripts"\n`,
    });
  });

  it('keeps the named file in that command', async () => {
    await assert.rejects(runOn('22.1.0', ['test/test-summary.test.ts']), {
      stderr: /: run "npm test -w scripts -- test\/test-summary\.test\.ts"\n$/,
    });
  });

  it('lets Node 24 run the tests', async () => {
    const { stdout } = await runOn('24.0.0', ['--dry-run', 'test/test-summary.test.ts']);
    assert.match(stdout, /passing/);
  });
});
