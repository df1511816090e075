import assert from 'node:assert/strict';
import { compileSchema } from '@waybill/contract-kit/compile-schema';
import fc from 'fast-check';
import { compareSchemas } from '../src/compare-schemas.ts';
import type { SchemaObject } from '../src/schema/json-schema.ts';

/** Whole numbers from 1 to beyond 1e300, among them many that divide each other. */
const steps = fc
  .tuple(fc.constantFrom(1, 2, 3, 6, 7, 12), fc.integer({ min: 0, max: 1000 }))
  .map(([factor, exponent]) => factor * 2 ** exponent);
const fractions = fc
  .tuple(fc.integer({ min: 1, max: 99 }), fc.integer({ min: -320, max: -1 }))
  .map(([factor, exponent]) => Number(`${factor}e${exponent}`))
  .filter((step) => step > 0);
const bounds = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -9, max: 9 }).map((value) => value / 2),
  fc.constantFrom(2 ** 53, 2 ** 53 - 1, -(2 ** 53), 1e21, 5e-324, 0),
);

describe('compareSchemas(), with steps and bounds of any size', () => {
  it('knows exactly which whole steps are multiples of others', () => {
    fc.assert(
      fc.property(steps, steps, (sent, read) => {
        const of = (multipleOf: number): SchemaObject => ({ type: 'number', multipleOf });
        const { verdict } = compareSchemas(of(sent), of(read));
        const isMultiple = BigInt(sent) % BigInt(read) === 0n;
        assert.equal(verdict === 'included', isMultiple, `${sent} of ${read}`);
        if (!isMultiple) assert.ok(!compileSchema(of(read))(sent) && compileSchema(of(sent))(sent));
      }),
      { endOnFailure: true },
    );
  });

  it('calls only equal fractions included', () => {
    fc.assert(
      fc.property(fractions, fractions, (sent, read) => {
        const of = (multipleOf: number): SchemaObject => ({ type: 'number', multipleOf });
        assert.equal(compareSchemas(of(sent), of(read)).verdict === 'included', sent === read);
      }),
      { endOnFailure: true },
    );
  });

  it('calls no range included that holds a number which the other lacks', () => {
    const range = fc.record({ minimum: bounds, maximum: bounds, multipleOf: steps }, { requiredKeys: [] });
    fc.assert(
      fc.property(range, range, fc.integer({ min: -3, max: 3 }), (sent, read, shift) => {
        const [one, other] = [sent, read].map((limits) => ({ type: 'number', ...limits }));
        if (one === undefined || other === undefined) return;
        if (compareSchemas(one, other).verdict !== 'included') return;
        const [accepts, reads] = [compileSchema(one), compileSchema(other)];
        for (const start of [sent.minimum, sent.maximum, read.minimum, read.maximum, 0]) {
          const step = sent.multipleOf ?? 0.5;
          const value = Math.round((start ?? 0) / step + shift) * step;
          if (Number.isFinite(value) && accepts(value)) assert.ok(reads(value), `${value}`);
        }
      }),
      { numRuns: 300, endOnFailure: true },
    );
  });
});
