import assert from 'node:assert/strict';
import { join } from 'node:path';
import { parseIndexFile, readIndexFile } from './index-file.ts';

const FILE = 'firestore.indexes.json';
const INDEX = {
  collectionGroup: 'tasks',
  queryScope: 'COLLECTION',
  fields: [
    { fieldPath: 'shard', order: 'ASCENDING' },
    { fieldPath: 'dueAt', order: 'DESCENDING' },
  ],
};

describe('parseIndexFile()', () => {
  const parse = (content: unknown) => parseIndexFile(FILE, JSON.stringify(content, undefined, 2));

  it('reads indexes and field overrides', () => {
    const fieldOverrides = [
      { collectionGroup: 'tasks', fieldPath: 'payload', indexes: [] },
      { collectionGroup: 'tasks', fieldPath: 'expireAt', ttl: true, indexes: [] },
      { collectionGroup: 'tasks', fieldPath: 'state', indexes: [{ order: 'ASCENDING' }] },
    ];
    assert.deepEqual(parse({ indexes: [INDEX], fieldOverrides }), { indexes: [INDEX], fieldOverrides });
    assert.deepEqual(parse({}), { indexes: [], fieldOverrides: [] });
  });

  it("reads this repository's own", () => {
    const { indexes, fieldOverrides } = readIndexFile(
      join(import.meta.dirname, '../../../../firestore.indexes.json'),
    );
    assert.ok(indexes.length > 0 && fieldOverrides.length > 0);
  });

  it('names every problem with its line', () => {
    const text = `{
  "indexes": [
    { "collectionGroup": "tasks", "queryScope": "ALL",
      "fields": [{ "fieldPath": "tags", "arrayConfig": "CONTAINS" }] },
    { "collectionGroup": "tasks", "queryScope": "COLLECTION", "fields": [] }
  ],
  "fieldOverrides": [
    { "fieldPath": "a", "ttl": "yes", "indexes": [] },
    { "collectionGroup": "tasks", "fieldPath": "b" }
  ],
  "rules": {}
}`;
    assert.throws(() => parseIndexFile(FILE, text), {
      name: 'YamlFileError',
      code: 'CONFIGURATION_INVALID',
      message: [
        `${FILE}:3: "queryScope" must be COLLECTION or COLLECTION_GROUP, got "ALL"`,
        `${FILE}:4: unknown key "arrayConfig" in a field of an index; known keys: fieldPath, order`,
        `${FILE}:4: "order" must be ASCENDING or DESCENDING, got nothing`,
        `${FILE}:5: an index needs "fields"`,
        `${FILE}:8: "collectionGroup" is missing`,
        `${FILE}:8: "ttl" must be true or false, got "yes"`,
        `${FILE}:9: a field override needs "indexes"`,
        `${FILE}:11: unknown key "rules" in the file; known keys: indexes, fieldOverrides`,
      ].join('\n'),
    });
  });

  it('refuses YAML that is no JSON, and a file that is not there', () => {
    assert.throws(() => parseIndexFile(FILE, '{\n  "indexes": [],\n}'), {
      message: /^firestore\.indexes\.json:3: is no JSON: /,
    });
    assert.throws(() => readIndexFile('/nowhere/indexes.json'), {
      message: /^\/nowhere\/indexes\.json:1: can't be read: ENOENT/,
    });
  });
});
