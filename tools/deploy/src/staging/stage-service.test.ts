import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { listServiceFolders } from '@waybill/google-config';
import { readDeployableAppYaml } from '../configuration/read-deployable-app-yaml.ts';
import { type Stage, stageService } from './stage-service.ts';

const rootDir = join(import.meta.dirname, '../../../..');

describe('stageService()', function () {
  this.timeout(60_000);
  let outDir: string;

  beforeEach(() => {
    outDir = mkdtempSync(join(tmpdir(), 'stage-'));
  });
  afterEach(() => rmSync(outDir, { recursive: true, force: true }));

  const contentsOf = ({ folder, files }: Stage): [string, string][] =>
    files.map((path) => [path, readFileSync(join(folder, path), 'latin1')]);

  for (const folder of listServiceFolders(rootDir)) {
    it(`stages apps/${folder}: bundle, maps, app.yaml, package.json, lock; each time the same bytes`, async () => {
      const stage = await stageService({ rootDir, folder, outDir: join(outDir, 'a') });
      const other = stage.files.filter((path) => !/^dist\/([\w-]+\.mjs(\.map)?|files\/.+)$/.test(path));
      assert.deepEqual(other, [
        '.gcloudignore',
        'LICENSE',
        'NOTICE',
        'app.yaml',
        'package-lock.json',
        'package.json',
      ]);
      assert.equal(
        readFileSync(join(stage.folder, 'LICENSE'), 'utf8'),
        readFileSync(join(rootDir, 'LICENSE'), 'utf8'),
      );
      const notice = readFileSync(join(stage.folder, 'NOTICE'), 'utf8');
      assert.ok(notice.startsWith(readFileSync(join(rootDir, 'NOTICE'), 'utf8').trim()));
      assert.match(notice, /^koa \d+\.\d+\.\d+ \(license: MIT\)\n\n.*\n?.*Permission is hereby granted/ms);
      assert.match(notice, /^@google-cloud\/firestore \d+\.\d+\.\d+ \(license: Apache-2\.0\)$/m);
      assert.doesNotMatch(notice, /^(mocha|esbuild|typescript) \d/m);
      if (folder === 'worker') assert.match(notice, /^dejavu-fonts-ttf \d/m);
      const appYaml = readDeployableAppYaml(join(stage.folder, 'app.yaml'));
      assert.equal(appYaml.entrypoint, 'node dist/main.mjs');
      const { sources, sourcesContent } = JSON.parse(
        readFileSync(join(stage.folder, 'dist/main.mjs.map'), 'utf8'),
      ) as { sources: string[]; sourcesContent?: unknown };
      const testCode = /\.test\.|\/testing\/|\/(sinon|mocha)\/|-emulator\//;
      assert.deepEqual(
        sources.filter((path) => testCode.test(path)),
        [],
      );
      assert.equal(sourcesContent, undefined);

      process.env['STRIPE_API_KEY'] = 'sk_from_environment';
      const again = await stageService({ rootDir, folder, outDir: join(outDir, 'b') });
      delete process.env['STRIPE_API_KEY'];
      assert.deepEqual(again.files, stage.files);
      const second = new Map(contentsOf(again));
      for (const [path, contents] of contentsOf(stage)) {
        assert.ok(second.get(path) === contents, `${path} differs`);
        assert.ok(!contents.includes('sk_from_environment'), `${path} holds a secret`);
        assert.ok(!contents.includes(rootDir), `${path} names this machine's folders`);
      }
    });
  }

  it('names the services there are where it is given another', async () => {
    const staging = stageService({ rootDir, folder: 'nowhere', outDir });
    await assert.rejects(staging, /There is no service "nowhere" in apps\/; there are .*frontend, worker/);
  });

  describe('of a small repository', () => {
    const stageOf = async (files: Record<string, string>): Promise<Stage> => {
      const root = join(outDir, 'repository');
      const all = {
        'apps/small/package.json': '{"name":"small","version":"1.0.0"}',
        'apps/small/app.yaml': 'runtime: nodejs24\nentrypoint: node src/main.ts\n',
        ...files,
      };
      for (const [path, contents] of Object.entries(all)) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), contents);
      }
      symlinkSync(join(rootDir, 'node_modules'), join(root, 'node_modules'));
      return stageService({ rootDir: root, folder: 'small' });
    };

    for (const path of ['test/bed.ts', 'src/testing/bed.ts']) {
      it(`refuses a service that imports test code: ${path}`, async () => {
        const staging = stageOf({
          'apps/small/src/main.ts': `import '../${path}';`,
          [`apps/small/${path}`]: 'console.log(1);',
        });
        await assert.rejects(staging, {
          message: `apps/small imports what must not be deployed: apps/small/${path}. Import it in tests only`,
        });
      });
    }

    it('refuses a service with a secret in its settings or its code, and leaves no stage behind', async () => {
      const main = { 'apps/small/src/main.ts': 'console.log(1);' };
      const appYaml = 'runtime: nodejs24\nentrypoint: x\nenv_variables: { STRIPE_API_KEY: abc }\n';
      await assert.rejects(
        stageOf({ ...main, 'apps/small/app.yaml': appYaml }),
        /Secrets must not be staged: app\.yaml sets STRIPE_API_KEY/,
      );
      rmSync(join(outDir, 'repository'), { recursive: true });
      // Put together here, so that no scanner of repositories takes it for a real one.
      const key = `sk_${'live'}_0123456789abcdef0123`;
      await assert.rejects(
        stageOf({ 'apps/small/src/main.ts': `console.log('${key}');` }),
        /Secrets must not be staged: dist\/main\.mjs holds a payment provider's key/,
      );
      assert.equal(existsSync(join(outDir, 'repository/.stage')), false);
    });

    it('brings the files along that the code finds by import.meta.resolve', async () => {
      const { folder, files } = await stageOf({
        'apps/small/package.json':
          '{"name":"small","version":"1.0.0","waybill":{"stagedFiles":["yaml/package.json"]}}',
        'apps/small/src/main.ts': `import { readFileSync } from 'node:fs';
          const name: string = 'package.json';
          const text = readFileSync(new URL(import.meta.resolve(\`yaml/\${name}\`)), 'utf8');
          process.stdout.write(JSON.parse(text).name);`,
      });
      assert.ok(files.includes('dist/files/yaml/package.json'));
      assert.equal(
        execFileSync(process.execPath, ['dist/main.mjs'], { cwd: folder, encoding: 'utf8' }),
        'yaml',
      );
    });

    it('names a file that is listed and not there', async () => {
      const staging = stageOf({
        'apps/small/package.json':
          '{"name":"small","version":"1.0.0","waybill":{"stagedFiles":["yaml/nothing.ttf"]}}',
        'apps/small/src/main.ts': '',
      });
      await assert.rejects(staging, /waybill\.stagedFiles lists "yaml\/nothing\.ttf", which can't be read/);
    });
  });
});
