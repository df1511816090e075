import assert from 'node:assert/strict';
import { Parser } from '@asyncapi/parser';
import { createSchemaValidator } from '@waybill/contract-kit';
import { asyncApiDocument } from '../src/documents/asyncapi-document.ts';
import { contractPage } from '../src/documents/contract-page.ts';
import { plainSchema } from '../src/documents/plain-schema.ts';
import { membersOf } from '../src/documents/schema-members.ts';
import { richCatalogue, richContract } from './support/rich-contract.ts';

describe('contractPage()', () => {
  const rows = contractPage(richCatalogue, 'pack-parcel')
    .split('\n')
    .filter((line) => /^\| (`|the payload)/.test(line));

  it('shows unions, map values, tuples, nested objects, constants, formats and references', () => {
    assert.deepEqual(rows, [
      '| `parcelId` | string | yes | format uuid | The parcel \\| its &lt;id> |',
      '| `kind` | "parcel" | no |  |  |',
      '| `speed` | "slow", "fast", 3 | no |  |  |',
      '| `note` | string (at most 5 characters) or null | no |  |  |',
      '| `payment` | one of 2 forms | yes |  |  |',
      '| `payment` | object |  | in form 1 of 2 |  |',
      '| `payment/iban` | string | yes | in form 1 of 2; matches ``^[A-Z`\\|]+$`` |  |',
      '| `payment` | object |  | in form 2 of 2; further conditions by `dependencies`; other members are accepted |  |',
      '| `payment/card` | string | yes | in form 2 of 2; exactly 4 characters |  |',
      '| `size` | array | yes | at least 2 items; no further items |  |',
      '| `size/0` | integer | yes | at least 1 |  |',
      '| `size/1` | string | yes |  |  |',
      '| `labels` | object | no |  |  |',
      '| `labels/{other}` | string |  | at most 9 characters |  |',
      '| `prices` | object | no |  |  |',
      '| `prices/{^[A-Z]{3}$}` | integer |  |  |  |',
      '| `address` | object | no |  |  |',
      '| `address/city` | string | yes | at least 1 character |  |',
      '| `address/street` | string | yes |  |  |',
      '| `contents` | object | no |  |  |',
      '| `contents/name` | string or null | no |  |  |',
      '| `contents/parts` | array | no |  |  |',
      '| `contents/parts/*` | as `contents` |  |  |  |',
    ]);
  });

  it('shows the forms of the payload itself', () => {
    const member = (name: string) => ({
      type: 'object',
      required: [name],
      properties: { [name]: { type: 'string' } },
    });
    const members = membersOf({ oneOf: [member('a'), member('b')], unevaluatedProperties: false });
    assert.deepEqual(
      members.map(({ path, type, rules }) => [path, type, rules.join()]),
      [
        ['', 'object', 'in form 1 of 2'],
        ['a', 'string', 'in form 1 of 2'],
        ['', 'object', 'in form 2 of 2'],
        ['b', 'string', 'in form 2 of 2'],
      ],
    );
  });

  it('ends, however often references unfold', () => {
    const twice = (name: string) => ({
      type: 'object',
      properties: { a: { $ref: `#/$defs/${name}` }, b: { $ref: `#/$defs/${name}` } },
    });
    const names = Array.from({ length: 20 }, (_, level) => [`d${level}`, twice(`d${level + 1}`)]);
    const $defs = { ...Object.fromEntries(names), d20: { type: 'string' } };
    assert.equal(membersOf({ ...twice('d0'), $defs }).at(-1)?.description, 'More members follow.');
  });
});

describe('plainSchema()', () => {
  const plain = plainSchema(richContract);

  it('names its dialect and itself, and keeps local references', () => {
    assert.equal(plain['$schema'], 'https://json-schema.org/draft/2020-12/schema');
    assert.equal(plain['$id'], 'urn:waybill:pack-parcel:v1');
    assert.equal(plain['title'], 'PackParcelV1');
    assert.deepEqual(plain['examples'], [richContract.example]);
    assert.ok(JSON.stringify(plain).includes('"$ref":"#/$defs/card%20or~1voucher%25~0"'));
  });

  it('says in standard keywords what the contract says in others', () => {
    assert.doesNotMatch(JSON.stringify(plain), /"nullable"|"dependencies"/);
    const violations = createSchemaValidator(plain);
    const { example } = richContract as { example: object };
    for (const change of [
      {},
      { payment: { card: '1234' } },
      { payment: { iban: 'A' } },
      { contents: { name: 3 } },
      { size: [1, 2] },
      { address: { city: '' } },
    ]) {
      const payload = { ...example, ...change };
      assert.equal(violations(payload).length === 0, richContract.violations(payload).length === 0);
    }
  });

  it('keeps limits of formats as a comment', () => {
    const schema = { type: 'string', format: 'date', formatMinimum: '2020-01-01' };
    const contract = { ...richContract, schema };
    assert.equal(plainSchema(contract)['$comment'], 'The worker also checks formatMinimum: "2020-01-01"');
  });
});

describe('asyncApiDocument()', () => {
  it('is valid with references inside of a contract, and leads them to the right schemas', async () => {
    const text = JSON.stringify(asyncApiDocument(richCatalogue));
    const { document, diagnostics } = await new Parser().parse(text);
    assert.deepEqual(
      diagnostics.filter(({ code }) => code !== 'asyncapi-latest-version').map(({ message }) => message),
      [],
    );
    const [message] = document?.allMessages().all() ?? [];
    const payload = message?.payload()?.properties()?.['payment']?.oneOf()?.[1];
    assert.deepEqual(Object.keys(payload?.properties() ?? {}), ['card']);
  });
});
