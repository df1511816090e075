import assert from 'node:assert/strict';
import { FieldValue, type Firestore } from '@google-cloud/firestore';
import type { WriteResponse } from '../src/protocol/messages.ts';
import { type Fixture, startFixture } from './support/emulator-fixture.ts';
import { connectRaw, type RawClient, type RawStream } from './support/raw-client.ts';

const DATABASE = 'projects/test/databases/(default)';
const nameOf = (id: string): string => `${DATABASE}/documents/letters/${id}`;
const set = (id: string, n: number) => ({
  update: { name: nameOf(id), fields: { n: { integerValue: String(n) } } },
});

describe('Write', () => {
  let fixture: Fixture;
  let firestore: Firestore;
  let raw: RawClient;
  let stream: RawStream<WriteResponse>;

  beforeEach(async () => {
    fixture = await startFixture();
    firestore = fixture.client();
    raw = connectRaw(fixture.port);
    stream = raw.open('Write');
  });
  afterEach(async () => {
    stream.cancel();
    raw.close();
    await fixture.close();
  });

  const open = async (): Promise<Uint8Array> => {
    stream.send({ database: DATABASE });
    const { streamId, streamToken, writeResults, commitTime } = await stream.next();
    assert.ok(streamId.length > 0 && streamToken.length > 0);
    assert.deepEqual([writeResults, commitTime], [[], null]);
    return streamToken;
  };
  const numberOf = async (id: string): Promise<unknown> =>
    (await firestore.doc(`letters/${id}`).get()).get('n');

  it('commits the writes of each request, and gives their results', async () => {
    let streamToken = await open();
    for (const n of [1, 2]) {
      stream.send({ streamToken, writes: [set('a', n), { delete: nameOf('b') }] });
      const response = await stream.next();
      assert.equal(response.streamId, '');
      assert.equal(response.writeResults.length, 2);
      assert.ok(response.commitTime !== null);
      assert.notDeepEqual(response.streamToken, streamToken);
      streamToken = response.streamToken;
      assert.equal(await numberOf('a'), n);
    }
    stream.end();
    await assert.rejects(stream.next(), { code: 0 });
  });

  it('applies requests in order that are sent without waiting', async () => {
    const streamToken = await open();
    const count = 120;
    for (let n = 1; n <= count; n += 1) stream.send({ streamToken, writes: [set('a', n)] });
    stream.end();
    const times = [];
    for (let n = 1; n <= count; n += 1) times.push((await stream.next()).commitTime);
    const micros = times.map((time) => Number(time?.seconds) * 1e6 + Number(time?.nanos) / 1e3);
    assert.deepEqual(
      micros,
      micros.toSorted((one, other) => one - other),
    );
    assert.equal(await numberOf('a'), count);
    await assert.rejects(stream.next(), { code: 0 });
  });

  it('ends with the status of a refused commit, and applies nothing after it', async () => {
    const streamToken = await open();
    const missing = { ...set('none', 1), currentDocument: { exists: true } };
    for (const writes of [[set('a', 1)], [set('b', 1), missing], [set('c', 1)]])
      stream.send({ streamToken, writes });
    await stream.next();
    await assert.rejects(stream.next(), { code: 5, details: /No document to update/ });
    assert.deepEqual(await Promise.all(['a', 'b', 'c'].map(numberOf)), [1, undefined, undefined]);
  });

  it('answers a request without writes', async () => {
    const streamToken = await open();
    stream.send({ streamToken, writes: [] });
    assert.deepEqual((await stream.next()).writeResults, []);
  });

  const refusals = {
    'a first request with writes': [{ database: DATABASE, writes: [set('a', 1)] }],
    'a first request without a database': [{ writes: [] }],
    'another database': [{ database: DATABASE }, { database: 'projects/test/databases/other', writes: [] }],
    'a stream id in a later request': [{ database: DATABASE }, { streamId: 'a', writes: [] }],
    'a token of another stream': [{ database: DATABASE }, { streamToken: Buffer.alloc(14, 1), writes: [] }],
    'a token that is none': [{ database: DATABASE }, { streamToken: Buffer.from('x'), writes: [] }],
  };
  for (const [what, requests] of Object.entries(refusals)) {
    it(`refuses ${what}`, async () => {
      for (const request of requests) stream.send(request);
      for (const _response of requests.slice(1)) await stream.next();
      await assert.rejects(stream.next(), { code: 3 });
    });
  }

  it('refuses a token that a later one has acknowledged', async () => {
    const first = await open();
    stream.send({ streamToken: first, writes: [] });
    const second = await stream.next();
    stream.send({ streamToken: second.streamToken, writes: [] });
    await stream.next();
    stream.send({ streamToken: first, writes: [set('a', 1)] });
    await assert.rejects(stream.next(), { code: 3, details: /stream_token/ });
    assert.equal(await numberOf('a'), undefined);
  });

  it('says that no stream can be resumed', async () => {
    stream.send({ database: DATABASE, streamId: 'a', streamToken: Buffer.alloc(14) });
    await assert.rejects(stream.next(), { code: 9, details: /open a new one/ });
  });

  it('does not apply what waits behind a lock when its client leaves', async () => {
    const streamToken = await open();
    const document = firestore.doc('letters/a');
    await document.set({ n: 0 });
    await firestore.runTransaction(async (transaction) => {
      await transaction.get(document);
      stream.send({ streamToken, writes: [set('a', 1)] });
      stream.send({ streamToken, writes: [set('b', 1)] });
      stream.cancel();
      transaction.update(document, { n: FieldValue.increment(5) });
    });
    assert.equal(await numberOf('b'), undefined);
  });
});
