import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import { compileSchema } from './compile-schema.ts';
import { precompiledModule, precompiledValidators } from './precompiled-validators.ts';

const sourceDir = import.meta.dirname;

const letter = {
  title: 'a letter: patterns, bounds, nested objects in arrays',
  type: 'object',
  additionalProperties: false,
  required: ['letterId', 'pages', 'address'],
  properties: {
    letterId: { type: 'string', pattern: '^[0-9a-f]{32}$', description: 'The letter' },
    pages: { type: 'integer', minimum: 1, maximum: 99 },
    address: { type: 'string', format: 'email', maxLength: 254 },
    paper: { enum: ['A4', 'A5'] },
    enclosures: {
      type: 'array',
      minItems: 1,
      maxItems: 50,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name'],
        properties: { name: { type: 'string', minLength: 1 }, weight: { type: 'number' } },
      },
    },
  },
};
const parcel = {
  title: 'a parcel: alternatives and conditions',
  type: 'object',
  required: ['kind', 'weight'],
  properties: { kind: { type: 'string' }, weight: { type: 'number' } },
  oneOf: [
    { properties: { kind: { const: 'small' }, weight: { type: 'number', maximum: 2 } } },
    { properties: { kind: { const: 'large' }, weight: { type: 'number', exclusiveMinimum: 2 } } },
  ],
};
const odd = {
  title: 'an odd one: formats that are code, lengths, equality, references',
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
const examples: readonly (readonly [schema: { readonly title: string }, example: Record<string, unknown>])[] =
  [
    [
      letter,
      {
        letterId: '5f0c1d9a7b3e42868c1f2d3e4a5b6c7d',
        pages: 2,
        address: 'ada@example.com',
        enclosures: [{ name: 'photo' }],
      },
    ],
    [parcel, { kind: 'small', weight: 1.5 }],
    [odd, { when: '2024-02-29T12:00:00Z' }],
  ];
const schemas = examples.map(([schema]) => schema);

describe('precompiledModule()', () => {
  let directory: string;
  let precompiled: { compileSchema: (schema: object) => ValidateFunction };

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'waybill-validators-'));
    // A bundler resolves these by itself: the package's own file, and require() in a module.
    const source = precompiledModule(schemas).replace(
      "'./canonical-json.ts'",
      `'${pathToFileURL(join(sourceDir, 'canonical-json.ts')).href}'`,
    );
    const banner = `import { createRequire } from 'node:module';\nconst require = createRequire(${JSON.stringify(join(sourceDir, 'index.ts'))});\n`;
    const file = join(directory, 'validators.mjs');
    writeFileSync(file, banner + source);
    precompiled = (await import(pathToFileURL(file).href)) as typeof precompiled;
  });
  after(() => rmSync(directory, { recursive: true }));

  const payloads = (example: Record<string, unknown>): unknown[] => {
    const broken = Object.keys(example).flatMap((name) => {
      const { [name]: _dropped, ...rest } = example;
      return [rest, { ...example, [name]: null }, { ...example, [name]: '\n' }, { ...example, [name]: -1 }];
    });
    const more = {
      names: ['ab', 'ab', 'x'],
      kind: { a: 2 },
      next: {},
      enclosures: [{ name: '', size: 1 }, 7],
    };
    return [example, ...broken, { ...example, surprise: 1 }, { ...example, ...more }, null, [], 'text'];
  };

  for (const [schema, example] of examples) {
    it(`finds the same violations as the compiler’s own validators for ${schema.title}`, () => {
      const [ahead, now] = [precompiled.compileSchema(schema), compileSchema(schema)];
      for (const payload of payloads(example)) {
        assert.equal(ahead(payload), now(payload));
        assert.deepEqual(ahead.errors, now.errors);
      }
      assert.ok(now(example));
      assert.ok(!now(null));
    });
  }

  it('says what to do where a schema was forgotten', () => {
    assert.throws(() => precompiled.compileSchema({ type: 'null' }), {
      message: /was not compiled ahead: hand it to/,
    });
  });

  it('is the same text each time', () => {
    assert.equal(precompiledModule(schemas), precompiledModule(schemas));
  });
});

describe('precompiledValidators()', () => {
  it('takes the place of compile-schema.ts alone', () => {
    const filters: RegExp[] = [];
    precompiledValidators({ schemas }).setup({
      onLoad({ filter }, load) {
        filters.push(filter);
        assert.equal(load().contents, precompiledModule(schemas));
        assert.equal(load().resolveDir, sourceDir);
      },
    });
    assert.ok(filters[0]?.test(join(sourceDir, 'compile-schema.ts')));
    assert.ok(!filters[0]?.test(join(sourceDir, 'schema-validator.ts')));
  });
});
