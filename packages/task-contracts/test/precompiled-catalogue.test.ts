import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { compileSchema } from '@waybill/contract-kit/compile-schema';
import { precompiledModule } from '@waybill/contract-kit/precompile';
import { catalogue } from '../src/contracts/catalogue.ts';

describe('precompiledModule(), with the catalogue', () => {
  let directory: string;
  let precompiled: { compileSchema: typeof compileSchema };

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'waybill-validators-'));
    // A bundler resolves these by itself: the package's own file, and require() in a module.
    const index = import.meta.resolve('@waybill/contract-kit');
    const source = precompiledModule(catalogue.contracts.map(({ schema }) => schema)).replace(
      "'./canonical-json.ts'",
      `'${new URL('canonical-json.ts', index).href}'`,
    );
    const banner = `import { createRequire } from 'node:module';\nconst require = createRequire(${JSON.stringify(fileURLToPath(index))});\n`;
    const file = join(directory, 'validators.mjs');
    writeFileSync(file, banner + source);
    precompiled = (await import(pathToFileURL(file).href)) as typeof precompiled;
  });
  after(() => rmSync(directory, { recursive: true }));

  for (const { name, version, schema, example } of catalogue.contracts) {
    it(`finds the same violations as the compiler’s own validators for ${name} v${version}`, () => {
      const [ahead, now] = [precompiled.compileSchema(schema), compileSchema(schema)];
      const payload = example as Record<string, unknown>;
      const broken = Object.keys(payload).flatMap((member) => {
        const { [member]: _dropped, ...rest } = payload;
        return [rest, ...[null, '\n', -1].map((value) => ({ ...payload, [member]: value }))];
      });
      const more = { names: ['ab', 'ab', 'x'], kind: { a: 2 }, next: {} };
      const others = [{ ...payload, surprise: 1 }, { ...payload, ...more }, null, [], 'text'];
      for (const value of [payload, ...broken, ...others]) {
        assert.equal(ahead(value), now(value));
        assert.deepEqual(ahead.errors, now.errors);
      }
    });
  }
});
