import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const rootDir = join(import.meta.dirname, '../../..');

/** Where a code is given to an error: a class's member, an option, or the first argument of an error's constructor. */
const CODE =
  /(?:\bcode(?: =|:)|\b(?:super|PermanentError|ControlError\(\d+,|problem\(\d+,)\(?)\s*'([A-Z][A-Z0-9_]+)'/g;

const sources = globSync(
  ['apps/*/src/**/*.ts', 'packages/*/src/**/*.ts', '{emulators,tools}/*/src/**/*.ts'],
  { cwd: rootDir },
)
  .filter((path) => !path.endsWith('.test.ts') && !path.includes('/testing/'))
  // What the emulators say to the services' clients are Google's own errors.
  .filter((path) => !/emulators\/(cloud-tasks|firestore|sandboxes\/src\/(payment|mail))\//.test(path))
  .map((path) => ({ path, text: readFileSync(join(rootDir, path), 'utf8') }));
const documented = [
  ...readFileSync(join(rootDir, 'docs/errors.md'), 'utf8').matchAll(/^\|([^|]+)\|/gm),
].flatMap(([, cell]) => [...(cell ?? '').matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map(([, code]) => code ?? ''));

describe('docs/errors.md', () => {
  const codes = new Map(
    sources.flatMap(({ path, text }) =>
      [...text.matchAll(CODE)].map(([, code]) => [code ?? '', path] as const),
    ),
  );

  it('is compared with all the codes', () => assert.ok(codes.size > 40, `found ${codes.size}`));

  for (const [code, path] of codes) {
    it(`tells of ${code} (${path})`, () => assert.ok(documented.includes(code)));
  }

  for (const code of new Set(documented)) {
    it(`tells of ${code}, which is there`, () => {
      assert.ok(sources.some(({ text }) => text.includes(`'${code}'`)));
    });
  }
});
