import assert from 'node:assert/strict';
import { compileSchema } from '@waybill/contract-kit/compile-schema';
import fc from 'fast-check';
import { compareSchemas, type SchemaVerdict } from '../src/compare-schemas.ts';
import type { JsonSchema } from '../src/schema/json-schema.ts';
import { changed, named, schemas, valuesFor } from './random-schemas.ts';

/** Whether the dialect takes a schema at all. */
function isSchema(schema: JsonSchema): boolean {
  try {
    compileSchema(schema);
    return true;
  } catch {
    return false;
  }
}

const strict = schemas.filter(isSchema);
const pairs = fc.oneof(
  {
    weight: 4,
    arbitrary: strict.chain((schema) => fc.tuple(fc.constant(schema), changed(schema).filter(isSchema))),
  },
  { weight: 1, arbitrary: fc.tuple(strict, strict) },
);
const RUNS = Number(process.env['SCHEMA_PAIRS'] ?? 15);
const COUNTED_PAIRS = 100;

/** Tries a verdict with random values that the writer's schema accepts, and with the verdict's own examples. */
function assertHolds(
  compared: SchemaVerdict,
  sent: JsonSchema,
  read: JsonSchema,
  gen: fc.GeneratorValue,
): void {
  const [accepts, reads] = [compileSchema(sent), compileSchema(read)];
  if (compared.verdict === 'included') {
    const values = valuesFor(sent);
    for (let count = 0; count < 40; count += 1) {
      // As a JSON parser returns it: fast-check’s own objects have no prototype, which ajv’s equality can’t take.
      const value: unknown = JSON.parse(JSON.stringify(gen(() => values)));
      if (accepts(value)) assert.ok(reads(value), `accepts ${JSON.stringify(value)}`);
    }
  }
  if (compared.verdict === 'broken') {
    for (const { example } of compared.violations) {
      if (example === undefined) continue;
      assert.ok(accepts(example) && !reads(example), `the example ${JSON.stringify(example)}`);
    }
  }
}

describe('compareSchemas(), with random pairs of schemas', function () {
  this.timeout(300_000);

  it('calls no break included: what the old accepts, the new accepts too', () => {
    fc.assert(
      fc.property(pairs, fc.gen(), fc.boolean(), fc.boolean(), ([one, other], gen, turned, byName) => {
        const [sent, read] = turned ? [other, one] : [one, other];
        const compared = byName ? compareSchemas(named(sent), named(read)) : compareSchemas(sent, read);
        assertHolds(compared, sent, read, gen);
      }),
      { numRuns: RUNS, endOnFailure: true, includeErrorInReport: true },
    );
  });

  it('decides most of them', () => {
    const counts = { included: 0, broken: 0, undecided: 0 };
    // The same pairs each time: of a few random ones, too many may be undecided by chance.
    for (const [sent, read] of fc.sample(pairs, { numRuns: COUNTED_PAIRS, seed: 1 })) {
      counts[compareSchemas(sent, read).verdict] += 1;
    }
    const all = counts.included + counts.broken + counts.undecided;
    assert.ok(counts.undecided < all / 10, JSON.stringify(counts));
    assert.ok(counts.included > all / 20, JSON.stringify(counts));
  });

  it('calls a schema included in itself, and in its union with any other', () => {
    fc.assert(
      fc.property(strict, strict, (schema, other) => {
        assert.equal(compareSchemas(schema, structuredClone(schema)).verdict, 'included');
        assert.equal(compareSchemas(schema, { anyOf: [other, schema] }).verdict, 'included');
        assert.equal(compareSchemas({ allOf: [other, schema] }, schema).verdict, 'included');
      }),
      { numRuns: RUNS, endOnFailure: true, includeErrorInReport: true },
    );
  });
});
