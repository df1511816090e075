import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { compileSchema } from '@waybill/contract-kit/compile-schema';
import { precompiledModule, precompiledValidators } from '@waybill/contract-kit/precompile';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import { catalogue } from '../src/contracts/catalogue.ts';

const sourceDir = dirname(fileURLToPath(import.meta.resolve('@waybill/contract-kit')));
const schemas = catalogue.contracts.map(({ schema }) => schema);
/** With what contracts don’t use yet: formats that are code, lengths, equality. */
const odd = {
  type: 'object',
  additionalProperties: false,
  required: ['when'],
  properties: {
    when: { type: 'string', format: 'date-time' },
    names: { type: 'array', uniqueItems: true, items: { type: 'string', minLength: 2 } },
    kind: { enum: [{ a: 1 }, 'x'] },
    next: { $ref: '#' },
  },
};

describe('precompiledModule()', () => {
  let directory: string;
  let ready: { compileSchema: (schema: object) => ValidateFunction };

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'waybill-validators-'));
    // What a bundler resolves by itself: the package's own file, and require() in a module.
    const source = precompiledModule([...schemas, odd]).replace(
      "'./canonical-json.ts'",
      `'${pathToFileURL(join(sourceDir, 'canonical-json.ts')).href}'`,
    );
    const banner = `import { createRequire } from 'node:module';\nconst require = createRequire(${JSON.stringify(join(sourceDir, 'index.ts'))});\n`;
    const file = join(directory, 'validators.mjs');
    writeFileSync(file, banner + source);
    ready = (await import(pathToFileURL(file).href)) as typeof ready;
  });
  after(() => rmSync(directory, { recursive: true }));

  const payloads = (schema: object): unknown[] => {
    const contract = catalogue.contracts.find((other) => other.schema === schema);
    const example = (contract?.example ?? { when: '2024-02-29T12:00:00Z' }) as Record<string, unknown>;
    const broken = Object.keys(example).flatMap((name) => {
      const { [name]: _dropped, ...rest } = example;
      return [rest, { ...example, [name]: null }, { ...example, [name]: '\n' }, { ...example, [name]: -1 }];
    });
    const more = { names: ['ab', 'ab', 'x'], kind: { a: 2 }, next: {} };
    return [example, ...broken, { ...example, surprise: 1 }, { ...example, ...more }, null, [], 'text'];
  };

  for (const schema of [...schemas, odd]) {
    it(`finds the very violations that the compiler’s own find: ${JSON.stringify(schema).slice(0, 60)}`, () => {
      const [ahead, now] = [ready.compileSchema(schema), compileSchema(schema)];
      for (const payload of payloads(schema)) {
        assert.equal(ahead(payload), now(payload));
        assert.deepEqual(ahead.errors, now.errors);
      }
    });
  }

  it('says what to do where a schema was forgotten', () => {
    assert.throws(() => ready.compileSchema({ type: 'null' }), {
      message: /was not compiled ahead: hand it to/,
    });
  });

  it('is the same text each time', () => {
    assert.equal(precompiledModule([...schemas, odd]), precompiledModule([...schemas, odd]));
  });

  it('takes the place of compile-schema.ts alone', () => {
    const filters: RegExp[] = [];
    precompiledValidators({ schemas: [...schemas, odd] }).setup({
      onLoad({ filter }, load) {
        filters.push(filter);
        assert.equal(load().contents, precompiledModule([...schemas, odd]));
        assert.equal(load().resolveDir, sourceDir);
      },
    });
    assert.ok(filters[0]?.test(join(sourceDir, 'compile-schema.ts')));
    assert.ok(!filters[0]?.test(join(sourceDir, 'schema-validator.ts')));
  });
});
