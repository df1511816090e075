import assert from 'node:assert/strict';
import { type Fixture, startFixture } from './support/emulator-fixture.ts';
import { connectRaw, type RawClient } from './support/raw-client.ts';

const DATABASE = 'projects/test/databases/(default)';
const DOCUMENTS = `${DATABASE}/documents`;
const INVALID_ARGUMENT = 3;

type Wire = Record<string, unknown>;

const geo = (latitude: number, longitude: number): Wire => ({ geoPointValue: { latitude, longitude } });
const time = (seconds: string, nanos = 0): Wire => ({ timestampValue: { seconds, nanos } });
const reference = (name: string): Wire => ({ referenceValue: name });
const string = (text: string): Wire => ({ stringValue: text });
const double = (number: number): Wire => ({ doubleValue: number });
const array = (...values: Wire[]): Wire => ({ arrayValue: { values } });
const map = (fields: Record<string, Wire>): Wire => ({ mapValue: { fields } });
const vector = (...values: Wire[]): Wire => map({ __type__: string('__vector__'), value: array(...values) });

/** Values by what the real service says of them. */
const REFUSED: readonly [Wire, string][] = [
  [geo(90.1, 0), "Geo point latitude '90.1' outside permitted range -90.0 to 90.0."],
  [geo(0, 181), "Geo point longitude '181.0' outside permitted range -180.0 to 180.0."],
  [geo(Number.NaN, 0), "Geo point latitude 'NaN' outside permitted range -90.0 to 90.0."],
  [
    geo(0, Number.NEGATIVE_INFINITY),
    "Geo point longitude '-Infinity' outside permitted range -180.0 to 180.0.",
  ],
  [time('-62135596801'), 'Timestamp seconds exceeds limit for field.'],
  [time('253402300800'), 'Timestamp seconds exceeds limit for field.'],
  [time('9223372036854775807'), 'Timestamp seconds exceeds limit for field.'],
  [time('0', -1), 'Timestamp nanos exceeds limit for field.'],
  [time('0', 1_000_000_000), 'Timestamp nanos exceeds limit for field.'],
  [reference('foo'), 'Resource name "foo" lacks "projects" at index 0.'],
  [reference(''), 'Resource name "" lacks "projects" at index 0.'],
  [reference(`${DOCUMENTS}/a`), `Resource name "${DOCUMENTS}/a" lacks "/" at index 45.`],
  [reference(`${DOCUMENTS}/a//b/c`), `Resource name "${DOCUMENTS}/a//b/c" lacks a resource id at index 46.`],
  [
    reference(DOCUMENTS),
    `Resource name "${DOCUMENTS}" is invalid: Omit "/documents" when referencing a database (except as the parent ` +
      'of a document).',
  ],
  [reference(`${DOCUMENTS}/c/__x__`), 'Resource id "__x__" is invalid because it is reserved.'],
  [reference(`${DOCUMENTS}/__x__/d`), 'Collection id "__x__" is invalid because it is reserved.'],
  [vector(), 'Cannot have a zero length vector.'],
  [vector({ integerValue: '1' }), "Vector must only contain values of type 'double'"],
  [vector(string('a')), "Vector must only contain values of type 'double'"],
  [vector(...Array(2_049).fill(double(1))), 'Vectors must be at most 2048 dimensions.'],
  [map({ __type__: string('__vector__') }), "Vector map is missing key 'value'."],
  [map({ __type__: string('__vector__'), value: string('x') }), 'Vector Value type must be an array.'],
  [
    map({ __type__: string('__vector__'), value: array(double(1)), z: double(1) }),
    'Vector Value map has extraneous entries.',
  ],
  [map({ __type__: double(1) }), 'Field __type__ is not a string.'],
];

describe('values that no client can read', () => {
  let fixture: Fixture;
  let raw: RawClient;

  before(async () => {
    fixture = await startFixture();
    raw = connectRaw(fixture.port);
  });
  after(async () => {
    raw.close();
    await fixture.close();
  });

  const update = (value: Wire) => ({ update: { name: `${DOCUMENTS}/c/d`, fields: { f: value } } });
  const transform = (change: object) => ({
    transform: { document: `${DOCUMENTS}/c/d`, fieldTransforms: [{ fieldPath: 'f', ...change }] },
  });
  const commit = (write: object) => raw.call('Commit', { database: DATABASE, writes: [write] });
  const query = (parts: object) =>
    raw.call('RunQuery', { parent: DOCUMENTS, structuredQuery: { from: [{ collectionId: 'c' }], ...parts } });
  const where = (op: string, value: Wire) =>
    query({ where: { fieldFilter: { field: { fieldPath: 'f' }, op, value } } });
  const refusal = (details: string) => ({ code: INVALID_ARGUMENT, details });

  const PLACES: Readonly<Record<string, (value: Wire) => Promise<object>>> = {
    'a document': (value) => commit(update(value)),
    'an array of a document': (value) => commit(update(array(value))),
    'a map of a document': (value) => commit(update(map({ inner: value }))),
    'an array union': (value) => commit(transform({ appendMissingElements: { values: [value] } })),
    'an array removal': (value) => commit(transform({ removeAllFromArray: { values: [value] } })),
    'an equality': (value) => where('EQUAL', value),
    'a range': (value) => where('GREATER_THAN', value),
    'a list': (value) => where('IN', array(value)),
    'a cursor': (value) =>
      query({ orderBy: [{ field: { fieldPath: 'f' } }], startAt: { values: [value], before: true } }),
  };
  for (const [place, send] of Object.entries(PLACES)) {
    it(`are refused in ${place}`, async () => {
      for (const [value, details] of REFUSED) assert.deepEqual(await send(value), refusal(details));
    });
  }

  it('are told from the last ones that each can read', async () => {
    const values = [
      geo(90, -180),
      time('-62135596800'),
      time('253402300799', 999_999_999),
      reference('projects/other/databases/other/documents/a/b'),
      vector(double(Number.POSITIVE_INFINITY)),
      vector(...Array(2_048).fill(double(1))),
    ];
    for (const value of values) assert.ok('responses' in (await commit(update(value))));
  });

  it('are vectors with NaN and vectors in arrays of documents, but not of filters', async () => {
    const nan = vector(double(Number.NaN));
    assert.deepEqual(await commit(update(nan)), refusal('Vector cannot contain NaN values.'));
    assert.deepEqual(await commit(update(map({ m: nan }))), refusal('Vector cannot contain NaN values.'));
    assert.ok('responses' in (await where('EQUAL', nan)));
    const nested = refusal('Cannot convert a vector value in an array value.');
    assert.deepEqual(await commit(update(array(vector(double(1))))), nested);
  });
});
