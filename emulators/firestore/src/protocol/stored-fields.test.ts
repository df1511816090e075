import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeFields, encodeFields } from '../values/encode-value.ts';
import type { Value } from '../values/value.ts';
import { decodeDocument, encodeDocument } from './firestore-service.ts';
import { decodeStoredField, decodeStoredFields } from './stored-fields.ts';

/** Buffers and other byte arrays alike. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (value instanceof Map) return new Map([...value].map(([name, inner]) => [name, plain(inner)]));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

describe('decodeStoredFields()', () => {
  const leaf = fc.oneof(
    fc
      .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
      .map((integer): Value => ({ kind: 'integer', integer })),
    fc.string({ unit: 'grapheme', maxLength: 300 }).map((string): Value => ({ kind: 'string', string })),
    fc.uint8Array({ maxLength: 300 }).map((bytes): Value => ({ kind: 'bytes', bytes })),
    fc.double().map((double): Value => ({ kind: 'double', double })),
    fc.boolean().map((boolean): Value => ({ kind: 'boolean', boolean })),
    fc.constant<Value>({ kind: 'null' }),
    fc.string().map((reference): Value => ({ kind: 'reference', reference })),
    fc
      .tuple(fc.double({ noNaN: true }), fc.constantFrom(0, -0, 7.25))
      .map(([latitude, longitude]): Value => ({ kind: 'geoPoint', latitude, longitude })),
    fc
      .tuple(fc.integer({ min: -62_135_596_800, max: 253_402_300_799 }), fc.integer({ min: 0, max: 999_999 }))
      .map(([seconds, micros]): Value => ({ kind: 'timestamp', seconds, nanos: micros * 1_000 })),
  );
  const value = fc.oneof(
    leaf,
    fc.array(leaf).map((values): Value => ({ kind: 'array', values })),
    fc
      .dictionary(fc.string(), leaf)
      .map((map): Value => ({ kind: 'map', fields: new Map(Object.entries(map)) })),
  );

  it('reads each field as the whole document has it, and none that it has not', () => {
    const documents = fc.dictionary(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }), value);
    fc.assert(
      fc.property(documents, fc.string(), (document, other) => {
        const bytes = encodeDocument({ fields: encodeFields(new Map(Object.entries(document))) });
        const whole = decodeFields(decodeDocument(bytes).fields);
        assert.deepEqual(plain(decodeStoredFields(bytes)), plain(whole));
        for (const name of [...Object.keys(document), other]) {
          assert.deepEqual(plain(decodeStoredField(bytes, name)), plain(whole.get(name)));
        }
      }),
    );
  });
});
