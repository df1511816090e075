import assert from 'node:assert/strict';
import { createAjv } from '@waybill/contract-kit/compile-schema';
import { coveringPayloads } from './covering-payloads.ts';

/** A payload of the schema below. */
interface Parcel {
  readonly id: string;
  readonly size?: string;
  readonly note?: string;
  readonly count?: number;
  readonly address?: { readonly city: string; readonly kind?: string; readonly floor?: number };
  readonly stops?: readonly { readonly at: string; readonly by?: string }[];
}

describe('coveringPayloads()', () => {
  const schema = {
    type: 'object',
    additionalProperties: false,
    required: ['id'],
    $defs: { kind: { enum: ['home', 'office', 'box', 'shop', 'pier', 'gate', 'dock', 'bay'] } },
    properties: {
      id: { type: 'string', pattern: '^[a-z]{2,37}$' },
      size: { enum: Array.from({ length: 30 }, (_none, index) => `size-${index}`) },
      note: { type: 'string', maxLength: 500 },
      count: { type: 'integer', minimum: 3, maximum: 70_000 },
      address: {
        type: 'object',
        additionalProperties: false,
        required: ['city'],
        properties: {
          city: { type: 'string', maxLength: 80 },
          kind: { $ref: '#/$defs/kind' },
          floor: { type: 'integer' },
        },
      },
      stops: {
        type: 'array',
        maxItems: 7,
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['at'],
          properties: { at: { type: 'string', maxLength: 9 }, by: { enum: ['rail', 'road', 'sea'] } },
        },
      },
    },
  };
  const payloads = coveringPayloads(schema) as readonly Parcel[];
  const allOf = <T>(pick: (parcel: Parcel) => T): Set<T> => new Set(payloads.map(pick));

  it('makes payloads that the schema accepts', () => {
    const accepts = createAjv().compile(schema);
    for (const payload of payloads) assert.ok(accepts(payload), JSON.stringify(payload));
  });

  it('has each optional member and lacks it, at each depth', () => {
    for (const name of ['size', 'note', 'count', 'address', 'stops'] as const) {
      assert.deepEqual(
        allOf((parcel) => name in parcel),
        new Set([true, false]),
        name,
      );
    }
    const addresses = payloads.flatMap(({ address }) => address ?? []);
    for (const name of ['kind', 'floor']) {
      assert.deepEqual(new Set(addresses.map((address) => name in address)), new Set([true, false]), name);
    }
    const stops = payloads.flatMap(({ stops }) => stops ?? []);
    assert.deepEqual(new Set(stops.map((stop) => 'by' in stop)), new Set([true, false]));
  });

  it('has each value of an enumeration, at each depth', () => {
    const sizes = allOf(({ size }) => size);
    for (const size of schema.properties.size.enum) assert.ok(sizes.has(size), size);
    const kinds = allOf(({ address }) => address?.kind);
    for (const kind of schema.$defs.kind.enum) assert.ok(kinds.has(kind), kind);
    const ways = new Set(payloads.flatMap(({ stops }) => (stops ?? []).map(({ by }) => by)));
    assert.deepEqual(ways, new Set(['rail', 'road', 'sea', undefined]));
  });

  it('has the longest strings, the largest numbers and the most items', () => {
    const max = (values: readonly (number | undefined)[]): number =>
      Math.max(...values.map((value) => value ?? 0));
    assert.equal(max(payloads.map(({ id }) => id.length)), 37);
    assert.equal(max(payloads.map(({ note }) => note?.length)), 500);
    assert.equal(max(payloads.map(({ address }) => address?.city.length)), 80);
    assert.equal(max(payloads.map(({ count }) => count)), 70_000);
    assert.equal(Math.min(...payloads.map(({ count }) => count ?? 70_000)), 3);
    assert.equal(max(payloads.map(({ stops }) => stops?.length)), 7);
    assert.equal(max(payloads.flatMap(({ stops }) => (stops ?? []).map(({ at }) => at.length))), 9);
  });

  it('makes each branch of a union', () => {
    const branches = ['rail', 'road', 'sea'].map((kind) => ({
      type: 'object',
      additionalProperties: false,
      required: ['kind'],
      properties: { kind: { const: kind }, [kind]: { type: 'boolean' } },
    }));
    const made = coveringPayloads({ oneOf: branches }) as Record<string, unknown>[];
    for (const kind of ['rail', 'road', 'sea']) {
      const own = made.filter((payload) => payload['kind'] === kind);
      assert.deepEqual(new Set(own.map((payload) => payload[kind])), new Set([undefined, true, false]));
    }
  });

  it('ends with a schema that refers to itself', () => {
    const tree = {
      type: 'object',
      additionalProperties: false,
      properties: { left: { $ref: '#' }, right: { $ref: '#' }, value: { enum: ['a', 'b'] } },
    };
    assert.ok(coveringPayloads(tree).length > 3);
  });

  it('makes none for a schema that accepts nothing, or that is outside of the dialect', () => {
    assert.deepEqual(coveringPayloads(false), []);
    assert.deepEqual(coveringPayloads({ $ref: 'https://example.com/other.json' }), []);
  });
});
