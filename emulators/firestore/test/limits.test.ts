import assert from 'node:assert/strict';
import type { Firestore } from '@google-cloud/firestore';
import { firestoreService } from '../src/protocol/firestore-service.ts';
import { type Fixture, startFixture } from './support/emulator-fixture.ts';
import { connectRaw, type RawClient } from './support/raw-client.ts';

const DATABASE = 'projects/test/databases/(default)';
const NAME = `${DATABASE}/documents/c/d`;

describe('limits and refusals', () => {
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

  it('takes a document of exactly 1 MiB and refuses one byte more', async () => {
    // 16 + "limit" 6 + "a" 2 for the name, 32 for the document, 2 for each field's name, 1 for each string's end.
    const room = 1_048_576 - 16 - 6 - 2 - 32;
    const first = 'x'.repeat(500_000);
    const rest = room - 2 - 500_001 - 2 - 1;
    await db.doc('limit/a').set({ f: first, g: 'x'.repeat(rest) });
    await assert.rejects(db.doc('limit/a').set({ f: first, g: 'x'.repeat(rest + 1) }), {
      code: 3,
      message: /its size \(1,048,577 bytes\) exceeds the maximum allowed size of 1,048,576 bytes/,
    });
  });

  it('refuses one value that is too long', async () => {
    await assert.rejects(db.doc('limit/b').set({ f: 'x'.repeat(1_048_488) }), {
      code: 3,
      message: /The value of property "f" is longer than 1048487 bytes/,
    });
  });

  it('takes a commit of 9 MiB and refuses one over 10 MiB', async () => {
    const batchOf = (count: number) => {
      const batch = db.batch();
      for (let index = 0; index < count; index++) {
        batch.set(db.doc(`limit/m${index}`), { f: 'x'.repeat(1_000_000) });
      }
      return batch.commit();
    };
    await batchOf(9);
    await assert.rejects(batchOf(11), { code: 3, message: /Transaction too big/ });
  });

  it('refuses reserved ids and field names, and arrays in arrays', async () => {
    await assert.rejects(db.doc('limit/__x__').set({}), {
      code: 3,
      message: /__x__" is invalid because it is reserved/,
    });
    await assert.rejects(db.doc('limit/c').set({ __x__: 1 }), { code: 3, message: /__x__ is reserved/ });
    await assert.rejects(db.doc('limit/c').set({ a: [[1]] }), {
      code: 3,
      message: /array value in an array value/,
    });
  });

  it('refuses names that are none', async () => {
    const outcome = await raw.call('Commit', { database: DATABASE, writes: [{ delete: 'c/d' }] });
    assert.deepEqual(outcome, { code: 3, details: 'Document name "c/d" lacks "projects" at index 0.' });
    const collection = await raw.call('BatchGetDocuments', {
      database: DATABASE,
      documents: [`${DATABASE}/documents/c`],
    });
    assert.ok('code' in collection && collection.code === 3);
  });

  it('answers every other call with UNIMPLEMENTED, naming it', async () => {
    const answered = new Set([
      ...['Commit', 'BatchWrite', 'BatchGetDocuments', 'GetDocument', 'CreateDocument', 'UpdateDocument'],
      ...['DeleteDocument', 'RunQuery', 'RunAggregationQuery', 'BeginTransaction', 'Rollback'],
      ...['ListDocuments', 'ListCollectionIds', 'PartitionQuery', 'Listen', 'Write'],
    ]);
    const others = Object.entries(firestoreService).filter(([name]) => !answered.has(name));
    assert.deepEqual(others.map(([name]) => name).sort(), ['ExecutePipeline']);
    for (const [name] of others) {
      assert.deepEqual(await raw.call(name, {}), {
        code: 12,
        details: `google.firestore.v1.Firestore/${name} is not implemented by this emulator.`,
      });
    }
  });

  it('has calls that the official client never makes', async () => {
    const created = await raw.call<{ name: string }>('CreateDocument', {
      parent: `${DATABASE}/documents`,
      collectionId: 'c',
      documentId: 'd',
      document: { fields: { x: { integerValue: '1' }, y: { integerValue: '2' } } },
    });
    assert.ok('responses' in created && created.responses[0]?.name === NAME);
    const updated = await raw.call('UpdateDocument', {
      document: { name: NAME, fields: { x: { integerValue: '5' } } },
      updateMask: { fieldPaths: ['x'] },
      mask: { fieldPaths: ['x'] },
    });
    assert.ok('responses' in updated);
    assert.deepEqual(updated.responses[0]?.['fields'], {
      x: { valueType: 'integerValue', integerValue: '5' },
    });
    await raw.call('DeleteDocument', { name: NAME });
    assert.deepEqual(await raw.call('GetDocument', { name: NAME }), {
      code: 5,
      details: `Document "${NAME}" not found.`,
    });
  });
});
