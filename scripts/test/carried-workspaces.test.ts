import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { carriedWorkspaces, dependenciesWithCarried, rewriteCarriedImports } from '../carried-workspaces.ts';

function workspace(name: string, dependencies: Record<string, string> = {}) {
  return {
    name: `@waybill/${name}`,
    folder: `packages/${name}`,
    folderName: name,
    scripts: {},
    dependencies,
    devDependencies: {},
  };
}

describe('carriedWorkspaces()', () => {
  it('lists direct and indirect workspaces once, and no other package', () => {
    const app = workspace('app', { '@waybill/a': '0.1.0', '@waybill/b': '0.1.0', koa: '3.3.0' });
    const all = [app, workspace('a', { '@waybill/b': '0.1.0' }), workspace('b'), workspace('c')];
    assert.deepEqual(
      carriedWorkspaces(app, all).map(({ carriedFolder }) => carriedFolder),
      ['workspaces/a', 'workspaces/b'],
    );
  });
});

describe('dependenciesWithCarried()', () => {
  const own = { name: 'app', version: '1.0.0', dependencies: { a: '1.0.0', koa: '3.3.0' } };

  it('merges the dependencies of carried workspaces, and leaves these out', () => {
    const carried = { name: 'a', version: '1.0.0', dependencies: { yaml: '2.9.1' } };
    assert.deepEqual(dependenciesWithCarried(own, [carried]), { koa: '3.3.0', yaml: '2.9.1' });
  });

  it('refuses two versions of one package', () => {
    const carried = { name: 'a', version: '1.0.0', dependencies: { koa: '2.0.0' } };
    assert.throws(() => dependenciesWithCarried(own, [carried]), { message: /a needs koa 2\.0\.0/ });
  });
});

describe('rewriteCarriedImports()', () => {
  it('points imports of JavaScript and declarations at the carried files', () => {
    const folder = mkdtempSync(join(tmpdir(), 'carried-'));
    try {
      mkdirSync(join(folder, 'deep'));
      const text =
        "import { x } from '@waybill/kit';\nexport type Y = import(\"@waybill/kit/sub\").Y;\nimport '@waybill/kitchen';\n";
      for (const file of ['deep/a.js', 'b.d.ts', 'c.md']) writeFileSync(join(folder, file), text);
      rewriteCarriedImports(
        folder,
        new Map([
          ['@waybill/kit', 'workspaces/kit/index.js'],
          ['@waybill/kit/sub', 'workspaces/kit/sub.js'],
        ]),
      );
      const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
      assert.equal(
        read('deep/a.js'),
        "import { x } from '../workspaces/kit/index.js';\nexport type Y = import(\"../workspaces/kit/sub.js\").Y;\nimport '@waybill/kitchen';\n",
      );
      assert.match(read('b.d.ts'), /from '\.\/workspaces\/kit\/index\.js'/);
      assert.equal(read('c.md'), text);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
