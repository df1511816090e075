import assert from 'node:assert/strict';
import { FieldPath, type Firestore } from '@google-cloud/firestore';
import { openRawListen } from './listen/raw-listen.ts';
import { type Fixture, startFixture } from './support/emulator-fixture.ts';
import { connectRaw, type RawClient } from './support/raw-client.ts';

const DATABASE = 'projects/test/databases/(default)';
const DOCUMENTS = `${DATABASE}/documents`;
const DOCUMENT = `${DOCUMENTS}/c/d`;
const INVALID_ARGUMENT = 3;
const FAILED_PRECONDITION = 9;

const integer = (number: number) => ({ integerValue: String(number) });
const list = (...values: object[]) => ({ arrayValue: { values } });
const condition = (fieldPath: string, op: string, value: object) => ({
  fieldFilter: { field: { fieldPath }, op, value },
});
const join = (op: 'AND' | 'OR', ...filters: object[]) => ({ compositeFilter: { op, filters } });
const order = (fieldPath: string, direction = 'ASCENDING') => ({ field: { fieldPath }, direction });
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `f${index}`);

describe('queries that the real service refuses', () => {
  let fixture: Fixture;
  let db: Firestore;
  let raw: RawClient;

  before(async () => {
    fixture = await startFixture();
    db = fixture.client();
    raw = connectRaw(fixture.port);
  });
  after(async () => {
    raw.close();
    await fixture.close();
  });

  const query = (parts: object, parent = DOCUMENTS) =>
    raw.call('RunQuery', { parent, structuredQuery: { from: [{ collectionId: 'c' }], ...parts } });
  const aggregate = (aggregation: object, parts: object, parent: string) =>
    raw.call('RunAggregationQuery', {
      parent,
      structuredAggregationQuery: { structuredQuery: parts, aggregations: [{ alias: 'a', ...aggregation }] },
    });
  const refusal = (details: string, code = INVALID_ARGUMENT) => ({ code, details });

  it('have two array filters in one disjunction', async () => {
    const contains = condition('a', 'ARRAY_CONTAINS', integer(1));
    const any = condition('b', 'ARRAY_CONTAINS_ANY', list(integer(1)));
    const refused = refusal("A maximum of 1 'ARRAY_CONTAINS' filter is allowed per disjunction.");
    assert.deepEqual(await query({ where: join('AND', contains, any) }), refused);
    assert.deepEqual(await query({ where: join('AND', any, any) }), refused);
    assert.ok('responses' in (await query({ where: join('OR', contains, any) })));
  });

  it('have more than 30 disjunctions, of which equal values of a list are one', async () => {
    const numbers = (count: number) => Array.from({ length: count }, (_, index) => integer(index));
    const refused = (count: number) =>
      refusal(
        `Too many disjunctions after normalization. Result had ${count} disjunctions which is more than the maximum of 30`,
      );
    const both = (op: string, left: object[], right: object[]) =>
      query({ where: join('AND', condition('a', op, list(...left)), condition('b', 'IN', list(...right))) });
    for (const op of ['IN', 'ARRAY_CONTAINS_ANY']) {
      assert.deepEqual(await both(op, numbers(4), numbers(8)), refused(32));
      const repeated = [...numbers(3), { doubleValue: 2 }, { booleanValue: true }, ...numbers(2), integer(2)];
      assert.ok('responses' in (await both(op, repeated, numbers(7))));
      assert.deepEqual(await both(op, repeated, numbers(8)), refused(32));
    }
  });

  it('have an equality of names beside an inequality of another field', async () => {
    const key = { referenceValue: DOCUMENT };
    const refused = refusal(
      'Equality on key is not allowed if there are other inequality fields and key does not appear in inequalities.',
    );
    const inequalities = [
      condition('n', 'GREATER_THAN', integer(1)),
      condition('n', 'NOT_EQUAL', integer(1)),
      condition('n', 'NOT_IN', list(integer(1))),
      { unaryFilter: { op: 'IS_NOT_NULL', field: { fieldPath: 'n' } } },
    ];
    const check = async (equality: object, inequality: object) => {
      assert.deepEqual(await query({ where: join('AND', equality, inequality) }), refused);
      const alsoByName = join('AND', equality, inequality, condition('__name__', 'LESS_THAN', key));
      assert.ok('responses' in (await query({ where: alsoByName })));
    };
    for (const inequality of inequalities) await check(condition('__name__', 'EQUAL', key), inequality);
    // No query may have IN beside NOT_IN.
    const besideIn = inequalities.filter((one) => JSON.stringify(one).includes('NOT_IN') === false);
    for (const inequality of besideIn) await check(condition('__name__', 'IN', list(key)), inequality);
    const byField = { where: condition('__name__', 'EQUAL', key), orderBy: [order('n')] };
    assert.ok('responses' in (await query(byField)));
  });

  for (const collectionId of ['', 'k']) {
    const of = collectionId === '' ? 'no matter which collection' : 'one collection id';
    const from = [{ collectionId, allDescendants: true }];

    it(`filter or order descendants of a document, of ${of}, by a field`, async () => {
      const refused = refusal('collection group queries are only allowed at the root parent');
      const filtered = { from, where: condition('v', 'EQUAL', integer(1)) };
      assert.deepEqual(await query(filtered, DOCUMENT), refused);
      assert.deepEqual(await query({ from, orderBy: [order('v')] }, DOCUMENT), refused);
      const sum = { sum: { field: { fieldPath: 'v' } } };
      assert.deepEqual(await aggregate(sum, { from, orderBy: [order('v')] }, DOCUMENT), refused);
      const byName = condition('__name__', 'GREATER_THAN', { referenceValue: DOCUMENT });
      assert.ok(
        'responses' in (await query({ from, where: byName, orderBy: [order('__name__')] }, DOCUMENT)),
      );
    });

    it(`take descendants of a document, of ${of}, from the last name on`, async () => {
      const refused =
        collectionId === ''
          ? refusal('kind is required for all orders except __key__ ascending')
          : refusal('The query requires an index.', FAILED_PRECONDITION);
      assert.deepEqual(await query({ from, orderBy: [order('__name__', 'DESCENDING')] }, DOCUMENT), refused);
    });

    it(`average descendants of a document, of ${of}`, async () => {
      const refused = refusal(
        'This query requires an index with fields [v] after __name__ and Firestore does not currently support such an ' +
          'index. Please try the query again with additional ordering on those fields.',
      );
      assert.deepEqual(await aggregate({ avg: { field: { fieldPath: 'v' } } }, { from }, DOCUMENT), refused);
      assert.ok('responses' in (await aggregate({ count: {} }, { from }, DOCUMENT)));
    });

    it(`listen to descendants of a document, of ${of}`, async () => {
      const target = { query: { parent: DOCUMENT, structuredQuery: { from } }, targetId: 1 };
      const listener = openRawListen(fixture.port);
      listener.send({ database: DATABASE, addTarget: target });
      const { targetChange } = await listener.next();
      listener.close();
      const text =
        collectionId === ''
          ? 'All-collection queries are not supported by real-time queries.'
          : "'all_descendants' in CollectionSelector with document parent is not supported by real-time queries.";
      assert.deepEqual(targetChange?.cause, { code: INVALID_ARGUMENT, message: text, details: [] });
    });
  }

  it('order by more than names where no collection is named', async () => {
    const text = 'kind is required for all orders except __key__ ascending';
    for (const orderBy of [[order('v')], [order('__name__', 'DESCENDING')]]) {
      assert.deepEqual(await query({ from: [{}], orderBy }), refusal(text));
      assert.deepEqual(await query({ from: [{ allDescendants: true }], orderBy }), refusal(text));
    }
  });

  it('name a collection or a field that is reserved', async () => {
    for (const id of ['__a__', '_____']) {
      const refused = refusal(`Collection id "${id}" is invalid because it is reserved.`);
      assert.deepEqual(await query({ from: [{ collectionId: id }] }), refused);
      assert.deepEqual(await query({ from: [{ collectionId: id, allDescendants: true }] }), refused);
      assert.deepEqual(await aggregate({ count: {} }, { from: [{ collectionId: id }] }, DOCUMENTS), refused);
      assert.deepEqual(await raw.call('ListDocuments', { parent: DOCUMENTS, collectionId: id }), refused);
      const field = refusal(`Invalid reserved name in field path ${id}`);
      assert.deepEqual(await query({ where: condition(id, 'EQUAL', integer(1)) }), field);
      assert.deepEqual(await query({ orderBy: [order(id)] }), field);
      assert.deepEqual(await query({ select: { fields: [{ fieldPath: id }] } }), field);
    }
    for (const id of ['.', '..']) {
      const refused = refusal(`Collection id "${id}" is invalid because it is reserved.`);
      assert.deepEqual(await query({ from: [{ collectionId: id }] }), refused);
    }
    const tooLong = await query({ from: [{ collectionId: 'x'.repeat(1_501) }] });
    assert.deepEqual(tooLong, refusal('The query kind is longer than 1500 bytes.'));
  });

  it('do not include ids and fields of up to four underscores', async () => {
    for (const id of ['__', '___', '____', '__foo_']) {
      await db.doc(`${id}/${id}`).set({ [id]: 1, inner: { [id]: 1 } });
      const found = await db
        .collection(id)
        .where(new FieldPath(id), '==', 1)
        .orderBy(new FieldPath(id))
        .get();
      assert.deepEqual(
        found.docs.map((document) => document.id),
        [id],
      );
    }
  });

  it('have inequalities of more than 10 fields', async () => {
    const inequalities = (count: number) =>
      join('AND', ...numbered(count).map((field) => condition(field, 'GREATER_THAN', integer(1))));
    assert.ok('responses' in (await query({ where: inequalities(10) })));
    const text =
      'The query contains 11 distinct inequality fields: [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10]. A query may not ' +
      'have more than 10 distinct inequality fields.';
    assert.deepEqual(await query({ where: inequalities(11) }), refusal(text));
  });

  it('have more than 100 filters, orders and ancestors', async () => {
    const parts = (filters: number, orders: number) => ({
      where: join('AND', ...numbered(filters).map((field) => condition(field, 'EQUAL', integer(1)))),
      orderBy: numbered(orders).map((field) => order(`o${field}`)),
    });
    const refused = (filters: number, orders: number, ancestors: string) =>
      refusal(
        'The query may not have more than 100 filters + sort orders + ancestor total. Currently there are ' +
          `${filters} filters, ${orders} sort orders, and ${ancestors} ancestor filter.`,
      );
    assert.ok('responses' in (await query(parts(50, 50))));
    assert.deepEqual(await query(parts(51, 50)), refused(51, 50, 'no'));
    assert.ok('responses' in (await query(parts(50, 49), DOCUMENT)));
    assert.deepEqual(await query(parts(50, 50), DOCUMENT), refused(50, 50, 'one'));
  });

  it('compare with a value over 1,500 bytes', async () => {
    const string = (length: number) => ({ stringValue: 'x'.repeat(length) });
    const bytes = (length: number) => ({ bytesValue: Buffer.alloc(length) });
    const refused = refusal('value for n is too large to be used in a query');
    // A string counts one byte more than it has.
    assert.ok('responses' in (await query({ where: condition('n', 'EQUAL', string(1_499)) })));
    assert.ok('responses' in (await query({ where: condition('n', 'GREATER_THAN', bytes(1_500)) })));
    assert.deepEqual(await query({ where: condition('n', 'EQUAL', string(1_500)) }), refused);
    assert.deepEqual(await query({ where: condition('n', 'GREATER_THAN', bytes(1_501)) }), refused);
    assert.deepEqual(
      await query({ where: condition('n', 'EQUAL', list(string(900), string(900))) }),
      refused,
    );
    assert.ok('responses' in (await query({ where: condition('n', 'IN', list(string(900), string(901))) })));
    for (const op of ['IN', 'NOT_IN']) {
      assert.deepEqual(await query({ where: condition('n', op, list(string(1_500))) }), refused);
    }
    const element = refusal('value for n[*] is too large to be used in a query');
    assert.deepEqual(await query({ where: condition('n', 'ARRAY_CONTAINS', string(1_500)) }), element);
    assert.deepEqual(
      await query({ where: condition('n', 'ARRAY_CONTAINS_ANY', list(string(1_500))) }),
      element,
    );
  });

  it('go through a path of more than 100 ids, as reads and writes may not', async () => {
    const path = (pairs: number) => DOCUMENTS + '/a/b'.repeat(pairs);
    await db.doc('a/b'.repeat(50).replaceAll('ba', 'b/a')).set({});
    assert.ok('responses' in (await query({}, path(50))));
    for (const outcome of [
      await query({}, path(51)),
      await raw.call('BatchGetDocuments', { database: DATABASE, documents: [path(51)] }),
      await raw.call('Commit', { database: DATABASE, writes: [{ update: { name: path(51), fields: {} } }] }),
    ]) {
      assert.match(
        'details' in outcome ? outcome.details : '',
        /has 102 collection and document ids. The maximum is 100\./,
      );
    }
  });

  it('name a project that cannot exist', async () => {
    for (const project of ['a b', 'UPPER', 'a_b', 'ä', '-a']) {
      const database = `projects/${project}/databases/(default)`;
      const outcome = await raw.call('BatchGetDocuments', { database, documents: [] });
      const text = `Invalid project id "${project}": expected lower-case letters, digits and hyphens, as in "my-project".`;
      assert.deepEqual(outcome, refusal(text));
    }
    for (const project of ['x', '123456', 'demo-test', 'example.com:app']) {
      const database = `projects/${project}/databases/(default)`;
      const outcome = await raw.call('BatchGetDocuments', { database, documents: [] });
      assert.ok('responses' in outcome, project);
    }
  });

  it('list documents in an order that has no meaning', async () => {
    const listed = (orderBy: string) =>
      raw.call('ListDocuments', { parent: DOCUMENTS, collectionId: 'c', orderBy });
    for (const orderBy of ['i sideways', 'i desc desc', 'i,', ',']) {
      assert.deepEqual(await listed(orderBy), refusal(`Invalid order by clause "${orderBy}".`));
    }
    for (const orderBy of ['i', 'i desc', 'i ASC, n Desc']) assert.ok('responses' in (await listed(orderBy)));
  });
});
