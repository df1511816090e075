import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const rootDir = join(import.meta.dirname, '../../..');

/**
 * Where a code is given to an error: a constant, a class's member, an option, or an argument of an error's constructor or of a
 * function that sends a problem.
 */
const CODE =
  /(?:\b(?:code|CODE)(?: =|:)|\b(?:super|PermanentError|ControlError\(\d+,|problem\(\d+,|sendProblem\(\w+,)\(?)\s*'([A-Z][A-Z0-9_]+)'/g;
/** A code that the emulators give as Google's services do. */
const GOOGLE_CODE =
  /^(?:INVALID_ARGUMENT|NOT_FOUND|ALREADY_EXISTS|FAILED_PRECONDITION|PERMISSION_DENIED|UNIMPLEMENTED)$/;

const sources = globSync(
  ['apps/*/src/**/*.ts', 'packages/*/src/**/*.ts', '{emulators,tools}/*/src/**/*.ts'],
  { cwd: rootDir },
)
  .filter((path) => !path.endsWith('.test.ts') && !path.includes('/testing/'))
  // The payment sandbox has Stripe's codes, the mailbox those of SMTP.
  .filter((path) => !/emulators\/sandboxes\/src\/(payment|mail)\//.test(path))
  .map((path) => ({ path, text: readFileSync(join(rootDir, path), 'utf8') }));
const documented = [
  ...readFileSync(join(rootDir, 'docs/errors.md'), 'utf8').matchAll(/^\|([^|]+)\|/gm),
].flatMap(([, cell]) => [...(cell ?? '').matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map(([, code]) => code ?? ''));

describe('docs/errors.md', () => {
  const codes = new Map(
    sources.flatMap(({ path, text }) =>
      [...text.matchAll(CODE)]
        .map(([, code]) => [code ?? '', path] as const)
        .filter(([code]) => !(GOOGLE_CODE.test(code) && path.startsWith('emulators/'))),
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
