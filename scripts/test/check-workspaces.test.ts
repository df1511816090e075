import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const rootDir = join(import.meta.dirname, '../..');

/** Files that the script reads or imports. */
const SCRIPTS = ['check-workspaces.ts', 'import-rules.ts', 'workspace-levels.ts', 'workspaces.ts'];

interface Manifest {
  readonly name: string;
  readonly scripts?: Record<string, string>;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
}

describe('check-workspaces.ts', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'waybill-workspaces-'));
    mkdirSync(join(root, 'scripts'));
    for (const script of SCRIPTS) cpSync(join(rootDir, 'scripts', script), join(root, 'scripts', script));
    cpSync(join(rootDir, 'biome.json'), join(root, 'biome.json'));
    write('package.json', {
      name: 'root',
      type: 'module',
      workspaces: ['apps/*', 'packages/*', 'emulators/*', 'tools/*', 'bench'],
    });
    for (const folder of ['apps', 'packages', 'emulators', 'tools', 'bench']) mkdirSync(join(root, folder));
    addWorkspace('emulators/kit', { name: '@waybill/emulator-kit' });
    addWorkspace('packages/service-kit', { name: '@waybill/service-kit' });
    addWorkspace('packages/task-runtime', {
      name: '@waybill/task-runtime',
      dependencies: { '@waybill/service-kit': '0.1.0' },
    });
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function write(path: string, content: unknown): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
  }

  function addWorkspace(folder: string, manifest: Manifest): void {
    write(`${folder}/package.json`, { scripts: { test: 'mocha' }, ...manifest });
    write(`${folder}/src/a.test.ts`, '');
  }

  function check() {
    const script = join(root, 'scripts/check-workspaces.ts');
    return spawnSync(process.execPath, [script], { encoding: 'utf8', timeout: 60_000 });
  }

  it('prints the level of each workspace', () => {
    const { status, stdout, stderr } = check();
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /^0 +emulators\/kit/m);
    assert.match(stdout, /^1 +packages\/task-runtime +service-kit$/m);
  });

  it('accepts an emulator among the dependencies of tests', () => {
    addWorkspace('apps/worker', {
      name: '@waybill/worker',
      devDependencies: { '@waybill/emulator-kit': '0.1.0' },
    });
    assert.equal(check().status, 0);
  });

  for (const [wrong, folder, manifest, message] of [
    [
      'an app that depends on an emulator',
      'apps/worker',
      { name: '@waybill/worker', dependencies: { '@waybill/emulator-kit': '0.1.0' } },
      /apps\/worker: depends on @waybill\/emulator-kit, which biome\.json does not allow/,
    ],
    [
      'a package that depends on one above it',
      'packages/contract-kit',
      { name: '@waybill/contract-kit', dependencies: { '@waybill/task-runtime': '0.1.0' } },
      /packages\/contract-kit: depends on @waybill\/task-runtime/,
    ],
    [
      'an emulator that depends on a service package',
      'emulators/firestore',
      { name: '@waybill/firestore-emulator', dependencies: { '@waybill/service-kit': '0.1.0' } },
      /emulators\/firestore: depends on @waybill\/service-kit/,
    ],
    [
      'a workspace without a rule',
      'packages/odd',
      { name: '@waybill/odd' },
      /packages\/odd: biome\.json has no noRestrictedImports override/,
    ],
    [
      'a circle',
      'packages/service-kit',
      { name: '@waybill/service-kit', dependencies: { '@waybill/task-runtime': '0.1.0' } },
      /in a circle: /,
    ],
    [
      'a workspace without a mocha script',
      'tools/silent',
      { name: '@waybill/silent', scripts: { test: 'true' } },
      /tools\/silent: has no "test" script that runs mocha/,
    ],
  ] as const) {
    it(`rejects ${wrong}`, () => {
      addWorkspace(folder, manifest);
      const { status, stderr } = check();
      assert.equal(status, 1);
      assert.match(stderr, message);
    });
  }

  it('rejects a workspace without a test, bench excepted', () => {
    write('tools/untested/package.json', { name: '@waybill/untested', scripts: { test: 'mocha' } });
    write('bench/package.json', { name: '@waybill/bench' });
    const { status, stderr } = check();
    assert.equal(status, 1);
    assert.match(stderr, /^tools\/untested: has no test\. Add one under src\/ or test\/\n$/);
  });
});
