import { type Catalogue, defineCatalogue, defineUntypedContract } from '@waybill/contract-kit';

/** A contract with every form that a document must show. */
export const richContract = defineUntypedContract({
  name: 'pack-parcel',
  version: 1,
  description: 'Packs a parcel.',
  queue: 'parcels',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['parcelId', 'payment', 'size'],
    properties: {
      parcelId: { type: 'string', format: 'uuid', description: 'The parcel | its <id>' },
      kind: { const: 'parcel' },
      speed: { enum: ['slow', 'fast', 3] },
      note: { anyOf: [{ type: 'string', maxLength: 5 }, { type: 'null' }] },
      payment: {
        oneOf: [
          {
            type: 'object',
            additionalProperties: false,
            required: ['iban'],
            properties: { iban: { type: 'string', pattern: '^[A-Z`|]+$' } },
          },
          { $ref: '#/$defs/card%20or~1voucher%25~0' },
        ],
      },
      size: {
        type: 'array',
        prefixItems: [{ type: 'integer', minimum: 1 }, { type: 'string' }],
        items: false,
        minItems: 2,
      },
      labels: { type: 'object', additionalProperties: { type: 'string', maxLength: 9 } },
      prices: {
        type: 'object',
        additionalProperties: false,
        patternProperties: { '^[A-Z]{3}$': { type: 'integer' } },
      },
      address: {
        type: 'object',
        allOf: [
          { $ref: '#/$defs/place' },
          { type: 'object', properties: { street: { type: 'string' } }, required: ['street', 'city'] },
        ],
        unevaluatedProperties: false,
      },
      contents: { $ref: '#/$defs/item' },
    },
    $defs: {
      place: { type: 'object', properties: { city: { type: 'string', minLength: 1 } } },
      'card or/voucher%~': {
        type: 'object',
        required: ['card'],
        properties: { card: { type: 'string', minLength: 4, maxLength: 4 } },
        dependencies: { card: ['cvc'] },
      },
      item: {
        type: 'object',
        additionalProperties: false,
        properties: {
          name: { type: 'string', nullable: true },
          parts: { type: 'array', items: { $ref: '#/$defs/item' } },
        },
      },
    },
  },
  example: {
    parcelId: '0d9fa1c0-6b1e-4b3a-9c39-6f0b0c0a1b2c',
    payment: { card: '1234', cvc: '1' },
    size: [3, 'large'],
    contents: { name: null, parts: [{ name: 'a' }] },
  },
});

/** A catalogue of it. */
export const richCatalogue: Catalogue = defineCatalogue([richContract]);
