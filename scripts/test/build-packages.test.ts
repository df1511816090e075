import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const rootDir = join(import.meta.dirname, '../..');
/** Packages with a command: each must do without the other workspaces. */
const EMULATORS = ['cloud-tasks', 'firestore', 'app-engine'];
/** Below the root, so that the packages' own dependencies are found; ignored by git. */
const consumerDir = join(rootDir, '.test-results/packed-consumer');

function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 120_000 });
  assert.equal(status, 0, `${command} ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

describe('build-packages.ts', function () {
  this.timeout(180_000);

  before(() => {
    const script = join(rootDir, 'scripts/build-packages.ts');
    const tarballs = run(process.execPath, [script, ...EMULATORS.map((name) => `emulators/${name}`)], rootDir)
      .split('\n')
      .filter((line) => line.endsWith('.tgz'));
    assert.equal(tarballs.length, EMULATORS.length);
    rmSync(consumerDir, { recursive: true, force: true });
    for (const tarball of tarballs) {
      const name = tarball.replace(/^waybill-(.+)-\d+\.\d+\.\d+\.tgz$/, '$1');
      const packageDir = join(consumerDir, 'node_modules/@waybill', name);
      mkdirSync(packageDir, { recursive: true });
      run('tar', ['-xzf', join(rootDir, '.packages', tarball), '--strip-components=1'], packageDir);
    }
  });
  after(() => rmSync(consumerDir, { recursive: true, force: true }));

  it('packs compiled JavaScript and types, and no sources and no tests', () => {
    const packageDir = join(consumerDir, 'node_modules/@waybill/firestore-emulator');
    const files = readdirSync(packageDir, { recursive: true, encoding: 'utf8' });
    for (const file of ['index.js', 'index.d.ts', 'package.json', 'README.md', 'LICENSE', 'NOTICE']) {
      assert.ok(files.includes(file), file);
    }
    assert.deepEqual(
      files.filter((file) => /\.test\.|(?<!\.d)\.ts$/.test(file)),
      [],
    );
    const manifest = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8')) as object;
    assert.deepEqual(Object.keys(manifest).includes('private'), false);
  });

  it('packs what another project can run', () => {
    writeFileSync(
      join(consumerDir, 'consumer.mjs'),
      `import { startFirestoreEmulator } from '@waybill/firestore-emulator';
const emulator = await startFirestoreEmulator({ port: 0 });
console.log(import.meta.resolve('@waybill/firestore-emulator').endsWith('/index.js'), emulator.port > 0);
await emulator.close();
`,
    );
    assert.equal(run(process.execPath, ['consumer.mjs'], consumerDir), 'true true\n');
  });

  for (const name of EMULATORS) {
    it(`packs ${name} with the workspaces that it needs, and its command`, () => {
      const packageDir = join(consumerDir, 'node_modules/@waybill', `${name}-emulator`);
      const files = readdirSync(packageDir, { recursive: true, encoding: 'utf8' });
      const compiled = files.filter((file) => /\.(js|d\.ts)$/.test(file));
      assert.ok(compiled.includes('workspaces/kit/index.js'));
      for (const file of compiled) {
        const text = readFileSync(join(packageDir, file), 'utf8');
        assert.doesNotMatch(text, /(from|import\()\s*['"]@waybill\//, file);
      }
      const manifest = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8'));
      const dependencies = Object.keys(manifest.dependencies);
      assert.deepEqual(
        dependencies.filter((dependency) => /^@(waybill|google-cloud)\//.test(dependency)),
        [],
      );
      const help = run(
        process.execPath,
        [join(packageDir, manifest.bin[`${name}-emulator`]), '--help'],
        consumerDir,
      );
      assert.match(help, /--port/);
    });
  }

  it('names the published workspaces when one is unknown', () => {
    const script = join(rootDir, 'scripts/build-packages.ts');
    const { status, stderr } = spawnSync(process.execPath, [script, 'apps/worker'], { encoding: 'utf8' });
    assert.equal(status, 2);
    assert.match(stderr, /Not a published workspace: apps\/worker\. There are .*emulators\/firestore/);
  });
});
