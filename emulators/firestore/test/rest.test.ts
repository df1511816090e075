import assert from 'node:assert/strict';
import { Firestore } from '@google-cloud/firestore';
import { PassThroughClient } from 'google-auth-library';
import { type Fixture, startFixture } from './support/emulator-fixture.ts';

const DOCUMENTS = '/v1/projects/test/databases/(default)/documents';
const NAME = 'projects/test/databases/(default)/documents';

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: JSON of any shape
  readonly json: any;
  readonly text: string;
  readonly headers: Headers;
}

describe('the REST API', () => {
  let fixture: Fixture;

  before(async () => {
    fixture = await startFixture();
  });
  after(() => fixture.close());
  afterEach(() => fixture.emulator.clear());

  async function call(
    method: string,
    path: string,
    body?: object | string,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(`http://127.0.0.1:${fixture.port}${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
    return {
      status: response.status,
      text,
      json: isJson ? JSON.parse(text) : undefined,
      headers: response.headers,
    };
  }

  describe('documents', () => {
    it('are created with and without an id, read, changed and deleted', async () => {
      const created = await call('POST', `${DOCUMENTS}/a?documentId=b`, {
        fields: { n: { integerValue: '1' }, s: { stringValue: 'x' } },
      });
      assert.equal(created.status, 200);
      assert.equal(created.json.name, `${NAME}/a/b`);
      const again = await call('POST', `${DOCUMENTS}/a?documentId=b`, {});
      assert.deepEqual([again.status, again.json.error.status], [409, 'ALREADY_EXISTS']);
      const named = await call('POST', `${DOCUMENTS}/a/b/c`, { fields: {} });
      assert.match(named.json.name, /\/a\/b\/c\/[A-Za-z0-9]{20}$/);
      const patched = await call(
        'PATCH',
        `${DOCUMENTS}/a/b?updateMask.fieldPaths=n&updateMask.fieldPaths=s`,
        {
          fields: { n: { integerValue: 2 } },
        },
      );
      assert.deepEqual(patched.json.fields, { n: { integerValue: '2' } });
      const stale = await call('PATCH', `${DOCUMENTS}/a/z?currentDocument.exists=true`, { fields: {} });
      assert.deepEqual([stale.status, stale.json.error.status], [404, 'NOT_FOUND']);
      const { updateTime } = patched.json;
      const deleted = await call('DELETE', `${DOCUMENTS}/a/b?currentDocument.updateTime=${updateTime}`);
      assert.deepEqual([deleted.status, deleted.json], [200, {}]);
      const gone = await call('GET', `${DOCUMENTS}/a/b`);
      assert.deepEqual(gone.json, {
        error: { code: 404, message: `Document "${NAME}/a/b" not found.`, status: 'NOT_FOUND' },
      });
    });

    it('are read by masks, transactions and times', async () => {
      await call('PATCH', `${DOCUMENTS}/a/b`, {
        fields: { x: { integerValue: '1' }, y: { integerValue: '2' }, z: { integerValue: '3' } },
      });
      const masked = await call('GET', `${DOCUMENTS}/a/b?mask.fieldPaths=x&mask.fieldPaths=z`);
      assert.deepEqual(Object.keys(masked.json.fields), ['x', 'z']);
      const { json: begun } = await call('POST', `${DOCUMENTS}:beginTransaction`, {
        options: { readOnly: {} },
      });
      const { json: changed } = await call('PATCH', `${DOCUMENTS}/a/b`, { fields: {} });
      const id = encodeURIComponent(begun.transaction);
      const inside = await call('GET', `${DOCUMENTS}/a/b?transaction=${id}`);
      assert.deepEqual(inside.json.fields.x, { integerValue: '1' });
      const now = await call('GET', `${DOCUMENTS}/a/b?readTime=${changed.updateTime}`);
      assert.equal(now.json.fields, undefined);
    });

    it('are listed in pages and in an order', async () => {
      for (const [id, n] of [
        ['1', 3],
        ['2', 1],
        ['3', 2],
      ] as const) {
        await call('PATCH', `${DOCUMENTS}/a/${id}`, { fields: { n: { integerValue: n } } });
      }
      const ids = ({ json }: Answer): string[] =>
        json.documents.map(({ name }: { name: string }) => name.split('/').at(-1));
      const first = await call('GET', `${DOCUMENTS}/a?pageSize=2&orderBy=n%20desc`);
      assert.deepEqual(ids(first), ['1', '3']);
      const token = encodeURIComponent(first.json.nextPageToken);
      const second = await call('GET', `${DOCUMENTS}/a?pageSize=2&orderBy=n%20desc&pageToken=${token}`);
      assert.deepEqual(ids(second), ['2']);
      await call('PATCH', `${DOCUMENTS}/a/4/b/5`, {});
      const withMissing = await call('GET', `${DOCUMENTS}/a?showMissing=true&mask.fieldPaths=none`);
      assert.deepEqual(ids(withMissing), ['1', '2', '3', '4']);
      assert.deepEqual((await call('GET', `${DOCUMENTS}/empty`)).json, {});
    });

    it('may have colons and other characters in their ids', async () => {
      const path = `${DOCUMENTS}/a%20b/x%3Ay%C3%A9`;
      await call('PATCH', path, { fields: { n: { nullValue: null } } });
      const read = await call('GET', path);
      assert.equal(read.json.name, `${NAME}/a b/x:yé`);
      const below = await call('POST', `${path}/c`, {});
      assert.match(below.json.name, /\/a b\/x:yé\/c\//);
      const listed = await call('POST', `${path}:listCollectionIds`, {});
      assert.deepEqual(listed.json, { collectionIds: ['c'] });
    });
  });

  describe('values', () => {
    it('come back as proto3 has them in JSON', async () => {
      const fields = {
        int: { integerValue: '9223372036854775807' },
        nan: { doubleValue: 'NaN' },
        inf: { doubleValue: '-Infinity' },
        double: { doubleValue: 1.5 },
        nul: { nullValue: null },
        yes: { booleanValue: false },
        time: { timestampValue: '2020-01-01T00:00:00.000001Z' },
        bytes: { bytesValue: '+/8=' },
        ref: { referenceValue: `${NAME}/a/b` },
        geo: { geoPointValue: { latitude: 1, longitude: -2.5 } },
        array: { arrayValue: { values: [{ stringValue: '' }] } },
        none: { arrayValue: {} },
        map: { mapValue: { fields: { '': { mapValue: {} } } } },
      };
      delete (fields.map.mapValue.fields as Record<string, unknown>)[''];
      await call('PATCH', `${DOCUMENTS}/a/b`, { fields });
      const read = await call('GET', `${DOCUMENTS}/a/b`);
      assert.deepEqual(read.json.fields, { ...fields, map: { mapValue: {} } });
    });

    it('are read in all the ways that proto3 allows', async () => {
      const { json } = await call(
        'PATCH',
        `${DOCUMENTS}/a/b`,
        `{"fields":{"int":{"integer_value":5},"zero":{"doubleValue":"-0"},"time":{"timestampValue":"2020-01-01T01:00:00+01:00"},
          "bytes":{"bytesValue":"-_8"},"nul":{"nullValue":"NULL_VALUE"}}}`,
      );
      assert.deepEqual(json.fields, {
        int: { integerValue: '5' },
        zero: { doubleValue: -0 },
        time: { timestampValue: '2020-01-01T00:00:00Z' },
        bytes: { bytesValue: '+/8=' },
        nul: { nullValue: null },
      });
    });

    for (const [value, text] of [
      [
        '{"integerValue":"9223372036854775808"}',
        /Invalid value at 'document.fields.*integer_value' \(TYPE_INT64\)/,
      ],
      ['{"integerValue":"1.5"}', /TYPE_INT64/],
      ['{"timestampValue":"yesterday"}', /google.protobuf.Timestamp/],
      ['{"bytesValue":"?"}', /Base64 decoding failed/],
      ['{"numberValue":1}', /Unknown name "numberValue"/],
      ['{"doubleValue":"much"}', /TYPE_DOUBLE/],
      ['{}', /./],
      ['{"stringValue":"\\ud800"}', /not valid UTF-8/],
      ['{"geoPointValue":{"latitude":91}}', /Geo point latitude/],
    ] as const) {
      it(`refuse ${value}`, async () => {
        const { status, json } = await call('PATCH', `${DOCUMENTS}/a/b`, `{"fields":{"f":${value}}}`);
        assert.deepEqual([status, json.error.status], [400, 'INVALID_ARGUMENT']);
        assert.match(json.error.message, text);
      });
    }

    it('refuse text that is not UTF-8, messages too deep, and what is not JSON', async () => {
      const url = `http://127.0.0.1:${fixture.port}${DOCUMENTS}/a/b`;
      const body = Buffer.from([0x7b, 0xff, 0x7d]);
      assert.equal((await fetch(url, { method: 'PATCH', body })).status, 400);
      const deep = `{"fields":{"f":${'{"arrayValue":{"values":['.repeat(5_000)}${']}}'.repeat(5_000)}}}`;
      for (const text of [deep, '{', '[]', '"x"', '{"bad":1}']) {
        const { status, json } = await call('PATCH', `${DOCUMENTS}/a/b`, text);
        assert.deepEqual([status, json.error.status], [400, 'INVALID_ARGUMENT']);
      }
    });
  });

  describe('calls', () => {
    const query = { structuredQuery: { from: [{ collectionId: 'a' }], limit: 2 } };

    it('with a stream of responses answer an array', async () => {
      const empty = await call('POST', `${DOCUMENTS}:runQuery`, query);
      assert.deepEqual(Object.keys(empty.json[0]), ['readTime', 'done']);
      for (const id of ['1', '2', '3']) await call('PATCH', `${DOCUMENTS}/a/${id}`, {});
      const found = await call('POST', `${DOCUMENTS}:runQuery`, JSON.stringify(query), {
        'content-type': 'text/plain',
      });
      assert.equal(found.json.length, 2);
      const got = await call('POST', `${DOCUMENTS}:batchGet`, {
        documents: [`${NAME}/a/1`, `${NAME}/a/9`],
        newTransaction: { readWrite: {} },
      });
      assert.equal(got.json[1].found.name, `${NAME}/a/1`);
      assert.equal(got.json[2].missing, `${NAME}/a/9`);
      const { transaction } = got.json[0];
      assert.deepEqual((await call('POST', `${DOCUMENTS}:rollback`, { transaction })).json, {});
      const counted = await call('POST', `${DOCUMENTS}:runAggregationQuery`, {
        structuredAggregationQuery: { ...query, aggregations: [{ alias: 'n', count: { upTo: '1' } }] },
      });
      assert.deepEqual(counted.json[0].result.aggregateFields, { n: { integerValue: '1' } });
      assert.deepEqual((await call('POST', `${DOCUMENTS}:batchGet`, {})).json, []);
    });

    it('with a stream of responses answer an error in an array', async () => {
      const { status, json } = await call('POST', `${DOCUMENTS}:runQuery`, {
        structuredQuery: { ...query.structuredQuery, limit: -1 },
      });
      assert.equal(status, 400);
      assert.deepEqual(json, [
        { error: { code: 400, message: 'limit is negative', status: 'INVALID_ARGUMENT' } },
      ]);
    });

    it('commit all writes or none', async () => {
      const write = (id: string, currentDocument?: object): object => ({
        update: { name: `${NAME}/a/${id}`, fields: { n: { integerValue: '1' } } },
        updateTransforms: [{ fieldPath: 't', setToServerValue: 'REQUEST_TIME' }],
        ...(currentDocument && { currentDocument }),
      });
      const done = await call('POST', `${DOCUMENTS}:commit`, { writes: [write('1')] });
      assert.equal(done.json.commitTime, done.json.writeResults[0].transformResults[0].timestampValue);
      const failed = await call('POST', `${DOCUMENTS}:commit`, {
        writes: [write('2'), write('3', { exists: true })],
      });
      assert.equal(failed.json.error.status, 'NOT_FOUND');
      assert.equal((await call('GET', `${DOCUMENTS}/a/2`)).status, 404);
      const each = await call('POST', `${DOCUMENTS}:batchWrite`, {
        writes: [write('2'), write('3', { exists: true })],
      });
      assert.deepEqual(
        each.json.status.map(({ code = 0 }) => code),
        [0, 5],
      );
    });

    it('in a transaction see and lock what they read', async () => {
      const { transaction } = (await call('POST', `${DOCUMENTS}:beginTransaction`)).json;
      const missing = await call('POST', `${DOCUMENTS}:batchGet`, {
        documents: [`${NAME}/a/1`],
        transaction,
      });
      assert.equal(missing.json[0].missing, `${NAME}/a/1`);
      assert.equal(fixture.emulator.openWork().locks, 1);
      const write = { update: { name: `${NAME}/a/1`, fields: {} } };
      await call('POST', `${DOCUMENTS}:commit`, { writes: [write], transaction });
      assert.equal(fixture.emulator.openWork().locks, 0);
      const again = await call('POST', `${DOCUMENTS}:commit`, { writes: [], transaction });
      assert.equal(again.json.error.status, 'INVALID_ARGUMENT');
    });

    it('that need a stream in both directions are refused by name', async () => {
      for (const verb of ['listen', 'write']) {
        const { status, text } = await call('POST', `${DOCUMENTS}:${verb}`, {});
        assert.equal(status, 501);
        assert.match(text, /use gRPC/);
      }
    });

    it('are counted as those of gRPC are', async () => {
      fixture.emulator.resetUsage();
      await call('GET', `${DOCUMENTS}/a/1`);
      assert.deepEqual(fixture.emulator.usage().calls, { GetDocument: 1 });
    });

    it('take a method from a header, and choose the form of the response', async () => {
      const headers = { 'x-http-method-override': 'PATCH' };
      await call('POST', `${DOCUMENTS}/a/1?key=k`, { fields: { n: { nullValue: null } } }, headers);
      const pretty = await call('GET', `${DOCUMENTS}/a/1?$alt=json;enum-encoding=int`);
      assert.match(pretty.text, /^\{\n {2}"name"/);
      const dense = await call('GET', `${DOCUMENTS}/a/1?prettyPrint=false&alt=json`);
      assert.match(dense.text, /^\{"name"/);
    });

    it('name unknown parameters and paths', async () => {
      const parameter = await call('GET', `${DOCUMENTS}/a/1?maks.fieldPaths=x`);
      assert.match(parameter.json.error.message, /Unknown name "maks.fieldPaths"/);
      assert.equal(parameter.json.error.details[0]['@type'], 'type.googleapis.com/google.rpc.BadRequest');
      for (const path of ['/v1/nothing', '/v2/x', '/v1/projects/test/databases/(default)/documents']) {
        const { status, text } = await call('GET', path);
        assert.equal(status, 404);
        assert.match(text, /was not found on this server/);
      }
      assert.equal((await call('PUT', `${DOCUMENTS}/a/1`, {})).status, 404);
      assert.equal((await call('GET', `${DOCUMENTS}/a/%zz`)).status, 400);
    });
  });

  describe('web pages', () => {
    const commit = `${DOCUMENTS}:commit`;

    it('of this machine may call it', async () => {
      const origin = 'http://localhost:5173';
      const preflight = await call('OPTIONS', commit, undefined, {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,x-goog-api-client',
      });
      assert.equal(preflight.status, 200);
      assert.equal(preflight.headers.get('access-control-allow-origin'), origin);
      assert.equal(preflight.headers.get('access-control-allow-headers'), 'authorization,x-goog-api-client');
      assert.match(preflight.headers.get('access-control-allow-methods') ?? '', /PATCH/);
      const done = await call('POST', commit, '{}', { origin, 'content-type': 'text/plain' });
      assert.equal(done.status, 200);
      assert.equal(done.headers.get('access-control-allow-origin'), origin);
      const failed = await call('GET', `${DOCUMENTS}/a/1`, undefined, { origin });
      assert.equal(failed.headers.get('access-control-allow-origin'), origin);
    });

    it('of other sites may not, even without a preflight', async () => {
      const write = { update: { name: `${NAME}/a/1`, fields: {} } };
      for (const origin of ['https://example.com', 'null', 'http://localhost.example.com', 'x']) {
        const refused = await call('POST', commit, JSON.stringify({ writes: [write] }), {
          origin,
          'content-type': 'text/plain',
        });
        assert.deepEqual([refused.status, refused.json.error.status], [403, 'PERMISSION_DENIED']);
        assert.match(refused.json.error.message, /--allow-host/);
        assert.equal(refused.headers.get('access-control-allow-origin'), null);
        assert.equal((await call('OPTIONS', commit, undefined, { origin })).status, 403);
      }
      assert.equal((await call('GET', `${DOCUMENTS}/a/1`)).status, 404);
      const image = await call('GET', `${DOCUMENTS}/a/1`, undefined, { 'sec-fetch-site': 'cross-site' });
      assert.equal(image.status, 403);
    });
  });

  it("serves Google's Node client with preferRest", async () => {
    const client = new Firestore({
      projectId: 'test',
      host: `127.0.0.1:${fixture.port}`,
      ssl: false,
      preferRest: true,
      authClient: new PassThroughClient() as never,
    });
    await client.doc('a/b').set({ n: 1, bytes: Buffer.from([251, 255]) });
    const read = await client.runTransaction(async (transaction) => {
      const snapshot = await transaction.get(client.doc('a/b'));
      transaction.update(snapshot.ref, { n: snapshot.get('n') + 1 });
      return snapshot.data();
    });
    assert.deepEqual(read, { n: 1, bytes: Buffer.from([251, 255]) });
    const found = await client.collection('a').where('n', '>', 1).get();
    assert.equal(found.size, 1);
    await assert.rejects(client.doc('a/none').update({ n: 1 }), { code: 5 });
    await assert.rejects(client.collection('a').limit(-1).get(), { code: 3 });
    await client.terminate();
  });
});
