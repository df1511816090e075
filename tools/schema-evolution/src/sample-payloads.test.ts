import assert from 'node:assert/strict';
import { createAjv } from '@waybill/contract-kit/compile-schema';
import { samplePayloads } from './sample-payloads.ts';

describe('samplePayloads()', () => {
  const schema = {
    type: 'object',
    additionalProperties: false,
    required: ['orderId', 'items'],
    properties: {
      orderId: { type: 'string', pattern: '^[0-9a-f]{4}$' },
      items: { type: 'array', minItems: 2, uniqueItems: true, items: { type: 'integer', minimum: 1 } },
      note: { oneOf: [{ type: 'string', maxLength: 3 }, { type: 'null' }] },
    },
  };

  it('makes several payloads that the schema accepts, the smallest first', () => {
    const payloads = samplePayloads(schema);
    assert.ok(payloads.length > 1);
    const accepts = createAjv().compile(schema);
    for (const payload of payloads) assert.ok(accepts(payload), JSON.stringify(payload));
    assert.deepEqual(Object.keys(payloads[0] as object), ['orderId', 'items']);
    assert.ok(payloads.some((payload) => 'note' in (payload as object)));
  });

  it('makes the same payloads each time', () => {
    assert.deepEqual(samplePayloads(structuredClone(schema)), samplePayloads(schema));
  });

  it('makes none for a schema that accepts nothing', () => {
    assert.deepEqual(samplePayloads({ type: 'string', minLength: 2, maxLength: 1 }), []);
    assert.deepEqual(samplePayloads(false), []);
  });

  it('makes none for a schema that refers to another document', () => {
    assert.deepEqual(samplePayloads({ $ref: 'https://example.com/other.json' }), []);
  });
});
