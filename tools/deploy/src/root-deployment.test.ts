import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listServiceFolders } from '@waybill/google-config';
import { parse } from 'yaml';

const rootDir = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(rootDir, path), 'utf8');

describe('the root, from where `gcloud app deploy` is typed out of habit', () => {
  it("has the front service's app.yaml, but for the entry point", () => {
    const front = parse(read('apps/frontend/app.yaml')) as Record<string, unknown>;
    assert.equal(front['entrypoint'], 'node src/main.ts');
    assert.deepEqual(parse(read('app.yaml')), { ...front, entrypoint: 'node apps/frontend/src/main.ts' });
  });

  it('uploads exactly the packages that the front service imports', () => {
    const found = new Set<string>();
    const follow = (folder: string): void => {
      const { dependencies = {} } = JSON.parse(read(`${folder}/package.json`)) as {
        dependencies?: Record<string, string>;
      };
      for (const name of Object.keys(dependencies).filter((other) => other.startsWith('@waybill/'))) {
        const next = name.replace('@waybill/', 'packages/');
        if (found.has(next)) continue;
        found.add(next);
        follow(next);
      }
    };
    follow('apps/frontend');
    const uploaded = [...read('.gcloudignore').matchAll(/^!\/(packages\/.+)$/gm)].map(([, path]) => path);
    assert.deepEqual(uploaded.sort(), [...found].sort());
  });

  it('stops gcloud in each folder of apps/, by a file that is not there', () => {
    for (const folder of listServiceFolders(rootDir)) {
      const [, name = ''] = /^#!include:(.+)$/m.exec(read(`apps/${folder}/.gcloudignore`)) ?? [];
      assert.ok(name.includes('npm run deploy -- --project PROJECT'), folder);
      assert.ok(!name.includes('/') && !existsSync(join(rootDir, 'apps', folder, name)));
    }
  });
});
