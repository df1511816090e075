import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeFields, encodeFields } from '../values/encode-value.ts';
import type { Value } from '../values/value.ts';
import { decodeDocumentField } from './document-field.ts';
import { decodeDocument, encodeDocument } from './firestore-service.ts';

describe('decodeDocumentField()', () => {
  const leaf = fc.oneof(
    fc
      .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
      .map((integer): Value => ({ kind: 'integer', integer })),
    fc.string({ unit: 'grapheme', maxLength: 300 }).map((string): Value => ({ kind: 'string', string })),
    fc.uint8Array({ maxLength: 300 }).map((bytes): Value => ({ kind: 'bytes', bytes })),
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
        const whole = decodeDocument(bytes).fields;
        for (const name of [...Object.keys(document), other]) {
          const field = decodeDocumentField(bytes, name);
          assert.deepEqual(field, Object.hasOwn(whole, name) ? whole[name] : undefined);
          if (field !== undefined) assert.equal(decodeFields({ [name]: field }).size, 1);
        }
      }),
    );
  });
});
