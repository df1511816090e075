import assert from 'node:assert/strict';
import { defineContract, defineUpCaster, type PayloadOf, type TaskContract } from '@waybill/contract-kit';

const base = { name: 'pack-box', version: 1, description: 'Packs a box.', queue: 'boxes' } as const;
const text = { type: 'string' } as const;

const packBox = defineContract({
  ...base,
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['boxId', 'items', 'size', 'address'],
    properties: {
      boxId: text,
      weightGrams: { type: 'integer' },
      isFragile: { type: 'boolean' },
      size: { enum: ['small', 'large'] },
      items: { type: 'array', items: text },
      note: { type: ['string', 'null'] },
      address: {
        type: 'object',
        additionalProperties: false,
        required: ['city'],
        properties: { city: text, floor: { type: 'integer' } },
      },
      corner: {
        type: 'array',
        prefixItems: [{ type: 'number' }, text],
        items: false,
        minItems: 2,
        maxItems: 2,
      },
      labels: { type: 'object', additionalProperties: text },
      carrier: {
        oneOf: [
          {
            type: 'object',
            additionalProperties: false,
            required: ['kind', 'train'],
            properties: { kind: { const: 'rail' }, train: text },
          },
          {
            type: 'object',
            additionalProperties: false,
            required: ['kind', 'plate'],
            properties: { kind: { const: 'road' }, plate: text },
          },
        ],
      },
    },
  },
  example: { boxId: 'b1', items: [], size: 'small', address: { city: 'Kyoto' } },
});

const packBoxV2 = defineContract({
  ...base,
  version: 2,
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['parcelId'],
    properties: { parcelId: text },
  },
  example: { parcelId: 'p1' },
});

const tuples = defineContract({
  ...base,
  name: 'mark-route',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['point'],
    properties: {
      // Members with the name of a keyword stay what they are.
      prefixItems: text,
      // Its length is given by minItems and maxItems alone.
      point: { type: 'array', prefixItems: [text, { type: 'number' }], minItems: 2, maxItems: 2 },
      route: {
        type: 'array',
        items: {
          type: 'array',
          prefixItems: [{ type: 'number' }, { type: 'number' }],
          items: false,
          minItems: 2,
        },
      },
    },
  },
  example: { point: ['a', 1] },
});

/** A producer's call, with the signature that TaskTransaction.enqueue() has. */
const enqueue = <P>(_contract: TaskContract<P>, _payload: NoInfer<P>): void => {};

/** Correct in everything; the wrong payloads below differ in one place each. */
const box: PayloadOf<typeof packBox> = {
  boxId: 'b1',
  items: ['cup'],
  size: 'small',
  address: { city: 'Kyoto' },
};

// `npm run check` compiles this. Each wrong payload must be refused: a directive without an error is one itself.
describe('the type of a payload', () => {
  it('accepts payloads that match', () => {
    enqueue(packBox, box);
    enqueue(packBox, { ...box, corner: [1, 'a'], labels: { a: 'b' }, note: null, weightGrams: 2 });
    enqueue(packBox, { ...box, carrier: { kind: 'rail', train: 'T1' } });
    enqueue(tuples, { point: ['a', 1], prefixItems: 'x', route: [[1, 2]] });
    const [marked, count]: [string, number] = tuples.parse(tuples.example).point;
    assert.deepEqual([marked, count], ['a', 1]);
  });

  it('refuses a payload in a variable, which must not widen the contract', () => {
    const missing = { boxId: 'b1' };
    // @ts-expect-error three members are missing
    enqueue(packBox, missing);
    const wrongType = { ...box, boxId: 1 };
    // @ts-expect-error boxId is a number
    enqueue(packBox, wrongType);
    const nested = { ...box, address: { floor: 1 } };
    // @ts-expect-error the address has no city
    enqueue(packBox, nested);
    const widened = { ...box, size: 'medium' };
    // @ts-expect-error size is any string
    enqueue(packBox, widened);
    const items = { ...box, items: ['cup', 2] };
    // @ts-expect-error an item is a number
    enqueue(packBox, items);
  });

  it('refuses a wrong payload in the call', () => {
    // @ts-expect-error nothing is there
    enqueue(packBox, {});
    // @ts-expect-error null is no object
    enqueue(packBox, null);
    // @ts-expect-error a list is no object
    enqueue(packBox, [box]);
    // @ts-expect-error a text is no object
    enqueue(packBox, JSON.stringify(box));
    // @ts-expect-error the member is not known
    enqueue(packBox, { ...box, surprise: true });
    // @ts-expect-error the name is misspelled
    enqueue(packBox, { ...box, weightGram: 5 });
    // @ts-expect-error the size is not listed
    enqueue(packBox, { ...box, size: 'medium' });
    // @ts-expect-error null is not a boolean
    enqueue(packBox, { ...box, isFragile: null });
    // @ts-expect-error undefined is not a number
    enqueue(packBox, { ...box, weightGrams: undefined });
    // @ts-expect-error a number as text
    enqueue(packBox, { ...box, weightGrams: '5' });
    // @ts-expect-error a map's value is a number
    enqueue(packBox, { ...box, labels: { a: 1 } });
    // @ts-expect-error a nested member is not known
    enqueue(packBox, { ...box, address: { city: 'Kyoto', street: 'x' } });
    // @ts-expect-error the branch of another kind
    enqueue(packBox, { ...box, carrier: { kind: 'rail', plate: 'K 1' } });
    // @ts-expect-error the payload of another contract
    enqueue(packBox, packBoxV2.example);
  });

  it('refuses a wrong tuple', () => {
    // @ts-expect-error it is empty
    enqueue(packBox, { ...box, corner: [] });
    // @ts-expect-error an item is missing
    enqueue(packBox, { ...box, corner: [1] });
    // @ts-expect-error the items are swapped
    enqueue(packBox, { ...box, corner: ['a', 1] });
    // @ts-expect-error one item too many
    enqueue(packBox, { ...box, corner: [1, 'a', 'b'] });
    // @ts-expect-error a third item
    enqueue(tuples, { point: ['a', 1, 2] });
    // @ts-expect-error a tuple within a list has one item too few
    enqueue(tuples, { point: ['a', 1], route: [[1]] });
  });

  it('refuses a wrong up-caster', () => {
    // @ts-expect-error the result is of the older version
    defineUpCaster(packBox, packBoxV2, (payload) => payload);
    // @ts-expect-error the result lacks a member
    defineUpCaster(packBox, packBoxV2, () => ({}));
    // @ts-expect-error the result has a member of another type
    defineUpCaster(packBox, packBoxV2, () => ({ parcelId: 1 }));
    // @ts-expect-error the payload has no such member
    defineUpCaster(packBox, packBoxV2, ({ parcelId }) => ({ parcelId }));
    defineUpCaster(packBox, packBoxV2, ({ boxId }) => ({ parcelId: boxId }));
  });
});
