import assert from 'node:assert/strict';
import type { IndexFile } from '@waybill/google-config';
import { type DeployedField, type DeployedIndex, indexDrift } from './index-drift.ts';

const database = { project: 'demo', database: '(default)' };
const GROUPS = 'projects/demo/databases/(default)/collectionGroups';
const FLAGS = "--database='(default)' --project=demo";

const FILE: IndexFile = {
  indexes: [
    {
      collectionGroup: 'tasks',
      queryScope: 'COLLECTION',
      fields: [
        { fieldPath: 'state', order: 'ASCENDING' },
        { fieldPath: 'failedAt', order: 'DESCENDING' },
      ],
    },
  ],
  fieldOverrides: [
    { collectionGroup: 'tasks', fieldPath: 'payload', indexes: [] },
    { collectionGroup: 'tasks', fieldPath: 'expireAt', ttl: true, indexes: [] },
  ],
};

const INDEX: DeployedIndex = {
  name: `${GROUPS}/tasks/indexes/abc`,
  queryScope: 'COLLECTION',
  state: 'READY',
  fields: [
    { fieldPath: 'state', order: 'ASCENDING' },
    { fieldPath: 'failedAt', order: 'DESCENDING' },
    { fieldPath: '__name__', order: 'DESCENDING' },
  ],
};
const EXEMPT = { ancestorField: `${GROUPS}/__default__/fields/*` };
const PAYLOAD: DeployedField = { name: `${GROUPS}/tasks/fields/payload`, indexConfig: EXEMPT };
const EXPIRE_AT: DeployedField = {
  name: `${GROUPS}/tasks/fields/expireAt`,
  indexConfig: EXEMPT,
  ttlConfig: { state: 'ACTIVE' },
};

describe('indexDrift()', () => {
  const compare = (composite: DeployedIndex[], fields: DeployedField[]) =>
    indexDrift(FILE, { composite, fields }, database);

  it('finds none in a database that is as the file says', () => {
    assert.deepEqual(compare([INDEX], [PAYLOAD, EXPIRE_AT, EXPIRE_AT]), { drift: [], notes: [] });
  });

  it('notes what is still being built, and leaves it be', () => {
    const { drift, notes } = compare(
      [{ ...INDEX, state: 'CREATING' }],
      [PAYLOAD, { ...EXPIRE_AT, ttlConfig: { state: 'CREATING' } }],
    );
    assert.deepEqual(drift, []);
    assert.deepEqual(notes, [
      'index tasks (state, failedAt descending) is still being built',
      'time to live by tasks.expireAt is still being set up',
    ]);
  });

  it('names what is missing, with the command that makes it', () => {
    assert.deepEqual(compare([], []).drift, [
      {
        difference: 'index tasks (state, failedAt descending) is in the file, but not in the project',
        remedy: `gcloud firestore indexes composite create --collection-group=tasks --query-scope=collection --field-config=field-path=state,order=ascending --field-config=field-path=failedAt,order=descending ${FLAGS} --async --quiet`,
      },
      {
        difference: 'tasks.payload is indexed, the file says it is not',
        remedy: `gcloud firestore indexes fields update payload --collection-group=tasks --disable-indexes ${FLAGS} --async --quiet`,
      },
      {
        difference: 'tasks.expireAt is indexed, the file says it is not',
        remedy: `gcloud firestore indexes fields update expireAt --collection-group=tasks --disable-indexes ${FLAGS} --async --quiet`,
      },
      {
        difference: 'time to live by tasks.expireAt is not set, the file says it is on',
        remedy: `gcloud firestore fields ttls update expireAt --collection-group=tasks --enable-ttl ${FLAGS} --async --quiet`,
      },
    ]);
  });

  it('takes an index of another order, scope or ending for another index', () => {
    const [state, failedAt, name] = INDEX.fields;
    assert.ok(state && failedAt && name);
    for (const other of [
      { ...INDEX, fields: [failedAt, state, name] },
      { ...INDEX, fields: [state, { ...failedAt, order: 'ASCENDING' }, { ...name, order: 'ASCENDING' }] },
      { ...INDEX, fields: [state, failedAt, { ...name, order: 'ASCENDING' }] },
      { ...INDEX, queryScope: 'COLLECTION_GROUP' },
    ]) {
      const { drift } = compare([other], [PAYLOAD, EXPIRE_AT]);
      assert.equal(drift.length, 2, JSON.stringify(drift));
      assert.match(drift[0]?.difference ?? '', /is in the project, but not in the file/);
      assert.equal(drift[0]?.remedy, `gcloud firestore indexes composite delete abc ${FLAGS} --quiet`);
    }
  });

  it('tells of an index and of a time to live that Firestore gave up', () => {
    const { drift } = compare(
      [{ ...INDEX, state: 'NEEDS_REPAIR' }],
      [PAYLOAD, { ...EXPIRE_AT, ttlConfig: { state: 'NEEDS_REPAIR' } }],
    );
    assert.deepEqual(
      drift.map(({ difference }) => difference),
      [
        "index tasks (state, failedAt descending) can't be used: its state is NEEDS_REPAIR",
        'time to live by tasks.expireAt is in state NEEDS_REPAIR, the file says it is on',
      ],
    );
  });

  it('tells of fields that are indexed again, or are to be', () => {
    for (const indexConfig of [
      { ...EXEMPT, usesAncestorConfig: true, indexes: [{}] },
      { ...EXEMPT, reverting: true },
      { indexes: [{ fields: [{ order: 'ASCENDING' }] }] },
    ]) {
      const { drift } = compare([INDEX], [{ ...PAYLOAD, indexConfig }, EXPIRE_AT]);
      assert.deepEqual(
        drift.map(({ difference }) => difference),
        ['tasks.payload is indexed, the file says it is not'],
      );
    }
  });

  it('tells of settings that the file does not have, above all of deletions', () => {
    const { drift } = compare(
      [INDEX],
      [
        { ...PAYLOAD, ttlConfig: { state: 'ACTIVE' } },
        EXPIRE_AT,
        { ...PAYLOAD, name: `${GROUPS}/tasks/fields/x` },
      ],
    );
    assert.deepEqual(drift, [
      {
        difference: 'documents are deleted at the time in tasks.payload, the file does not say so',
        remedy: `gcloud firestore fields ttls update payload --collection-group=tasks --disable-ttl ${FLAGS} --async --quiet`,
      },
      {
        difference: 'tasks.x has index settings of its own, the file does not name it',
        remedy: `gcloud firestore indexes fields update x --collection-group=tasks --clear-exemption ${FLAGS} --async --quiet`,
      },
    ]);
  });

  it('does not take the settings of all fields for those of one that documents end by', () => {
    const indexConfig = { ...EXEMPT, usesAncestorConfig: true, indexes: [{}] };
    const other = { name: `${GROUPS}/tasks/fields/x`, indexConfig, ttlConfig: { state: 'ACTIVE' } };
    const { drift } = compare([INDEX], [PAYLOAD, EXPIRE_AT, other]);
    assert.deepEqual(
      drift.map(({ difference }) => difference),
      ['documents are deleted at the time in tasks.x, the file does not say so'],
    );
  });

  it("leaves other people's collections and the database's defaults alone", () => {
    const { drift } = compare(
      [INDEX, { ...INDEX, name: `${GROUPS}/theirs/indexes/x` }],
      [PAYLOAD, EXPIRE_AT, { name: EXEMPT.ancestorField, indexConfig: { indexes: [{}] } }],
    );
    assert.deepEqual(drift, []);
  });
});
