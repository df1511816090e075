import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { rootDir } from '../support/flow-stack.ts';

const mochaScript = { test: 'node ../../scripts/node-24.mjs mocha --config ../../.mocharc.cjs' };

/** The command in a repository of its own. */
describe('scripts/check-workspaces.ts', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'workspaces-'));
    cpSync(join(rootDir, 'scripts'), join(root, 'scripts'), { recursive: true });
    write('package.json', { type: 'module', workspaces: ['packages/*', 'bench'] });
    addWorkspace('packages/kit', { scripts: mochaScript });
    addWorkspace('packages/app', { scripts: mochaScript, devDependencies: { kit: '1.0.0' } });
    addWorkspace('bench', { dependencies: { app: '1.0.0' } }, []);
  });

  afterEach(() => rmSync(root, { recursive: true }));

  function write(path: string, content: object | string): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
  }

  function addWorkspace(folder: string, manifest: object, tests = ['src/some.test.ts']): void {
    write(`${folder}/package.json`, { name: folder.split('/').at(-1), ...manifest });
    for (const test of tests) write(`${folder}/${test}`, '');
  }

  function check(): Promise<{ stdout: string; stderr: string }> {
    const script = join(root, 'scripts/check-workspaces.ts');
    return promisify(execFile)(process.execPath, [script], { timeout: 30_000 });
  }

  it('prints the workspaces of each level', async () => {
    const { stdout, stderr } = await check();
    assert.deepEqual(stdout.split('\n').slice(1), [
      '    0  packages/kit',
      '    1  packages/app',
      '    2  bench',
      '',
    ]);
    assert.equal(stderr, '');
  });

  it('fails for a circle between workspaces', async () => {
    addWorkspace('packages/kit', { scripts: mochaScript, dependencies: { app: '1.0.0' } });
    await assert.rejects(check(), {
      code: 1,
      stderr: /in a circle: packages\/app -> packages\/kit -> packages\/app/,
    });
  });

  it('fails for a workspace without a mocha test script', async () => {
    addWorkspace('packages/kit', { scripts: { test: 'true' } });
    await assert.rejects(check(), { code: 1, stderr: /^packages\/kit has no mocha test script/ });
  });

  it('fails for a workspace without a test file where mocha looks', async () => {
    addWorkspace('packages/other', { scripts: mochaScript }, ['lib/some.test.ts', 'src/some.ts']);
    await assert.rejects(check(), { code: 1, stderr: /^packages\/other has no test file/ });
  });
});
