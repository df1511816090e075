import assert from 'node:assert/strict';
import type { Firestore } from '@google-cloud/firestore';
import { eventually, type Fixture, startFixture } from '../support/emulator-fixture.ts';
import { openRawListen, type RawListen, shorten } from './raw-listen.ts';

const DATABASE = 'projects/test/databases/(default)';
const DOCUMENTS = `${DATABASE}/documents`;

describe('a Listen stream', () => {
  let fixture: Fixture;
  let db: Firestore;
  let streams: RawListen[];

  const start = async (options: Parameters<typeof startFixture>[0] = {}): Promise<void> => {
    fixture = await startFixture(options);
    db = fixture.client();
  };
  beforeEach(() => {
    streams = [];
  });
  afterEach(async () => {
    for (const stream of streams) stream.close();
    await fixture.close();
  });

  const open = (): RawListen => {
    const stream = openRawListen(fixture.port);
    streams.push(stream);
    return stream;
  };
  const add = (addTarget: object) => ({ database: DATABASE, addTarget });
  const collection = (targetId: number, more: object = {}, query: object = {}) =>
    add({
      targetId,
      query: { parent: DOCUMENTS, structuredQuery: { from: [{ collectionId: 'c' }], ...query } },
      ...more,
    });
  const documents = (targetId: number, ...ids: string[]) =>
    add({ targetId, documents: { documents: ids.map((id) => `${DOCUMENTS}/c/${id}`) } });
  const byField = { orderBy: [{ field: { fieldPath: 'n' } }], limit: { value: 1 } };

  it('shows all its targets the same moment', async () => {
    await start();
    await db.doc('c/a').set({ n: 2 });
    const stream = open();
    stream.send(collection(1));
    stream.send(documents(2, 'a', 'none', 'a'));
    stream.send(collection(3, {}, byField));
    const first = [await stream.snapshot()];
    while (first.flat().filter((told) => told.startsWith('CURRENT')).length < 3)
      first.push(await stream.snapshot());
    assert.deepEqual(
      first
        .flat()
        .filter((told) => !/^(ADD|CURRENT)/.test(told))
        .sort(),
      ['change a 1', 'change a 2', 'change a 3', 'delete none 2'],
    );
    await db.batch().set(db.doc('c/a'), { n: 3 }).set(db.doc('c/b'), { n: 1 }).commit();
    assert.deepEqual((await stream.snapshot()).sort(), [
      'change a 1',
      'change a 2',
      'change a not 3',
      'change b 1',
      'change b 3',
    ]);
    await db.doc('c/0').set({ n: 0 });
    assert.deepEqual((await stream.snapshot()).sort(), ['change 0 1', 'change 0 3', 'remove b 3']);
    await db.doc('c/a').delete();
    assert.deepEqual(await stream.snapshot(), ['delete a 1', 'delete a 2']);
  });

  it('goes on without a target that is removed', async () => {
    await start();
    const stream = open();
    stream.send(collection(1));
    await stream.snapshot();
    stream.send(documents(2, 'a'));
    await stream.snapshot();
    stream.send({ database: DATABASE, removeTarget: 1 });
    assert.equal(shorten(await stream.next()), 'REMOVE 1');
    assert.equal(fixture.emulator.openWork().listenTargets, 1);
    stream.send({ database: DATABASE, removeTarget: 77 });
    await db.doc('c/a').set({ n: 1 });
    assert.deepEqual(await stream.snapshot(), ['change a 2']);
  });

  it('removes a target that is wanted once, when it is complete', async () => {
    await start();
    await db.doc('c/a').set({ n: 2 });
    const stream = open();
    stream.send(collection(1, { once: true }));
    assert.deepEqual(await stream.snapshot(), ['ADD 1', 'change a 1', 'CURRENT 1']);
    assert.equal(shorten(await stream.next()), 'REMOVE 1');
    assert.equal(fixture.emulator.openWork().listenTargets, 0);
  });

  it('gives ids to targets that come without', async () => {
    await start();
    const stream = open();
    stream.send(collection(0));
    assert.deepEqual(await stream.snapshot(), ['ADD 1', 'CURRENT 1']);
    stream.send(documents(0, 'a'));
    assert.deepEqual(await stream.snapshot(), ['ADD 2', 'delete a 2', 'CURRENT 2']);
    stream.send(documents(9, 'a'));
    assert.equal(shorten(await stream.next()), 'REMOVE 9 (3)');
  });

  it('goes on from a token: with what has changed, a count and no repeats', async () => {
    await start();
    for (const [id, n] of Object.entries({ a: 1, b: 2, c: 3 })) await db.doc(`c/${id}`).set({ n });
    const stream = open();
    stream.send(collection(1));
    const current = await until(stream, 'CURRENT 1');
    stream.close();
    await db.doc('c/a').delete();
    await db.doc('c/d').set({ n: 4 });
    const resumeToken = current.targetChange?.resumeToken;
    const again = open();
    again.send(collection(1, { resumeToken }));
    assert.deepEqual(await again.snapshot(), [
      'ADD 1',
      'delete a 1',
      'change d 1',
      'count 3 of 1',
      'CURRENT 1',
    ]);
    const byTime = open();
    byTime.send(collection(1, { readTime: current.targetChange?.readTime }));
    assert.deepEqual(await byTime.snapshot(), [
      'ADD 1',
      'delete a 1',
      'change d 1',
      'count 3 of 1',
      'CURRENT 1',
    ]);
  });

  it('starts anew, and says so, with a token of another run or of no run', async () => {
    await start();
    await db.doc('c/a').set({ n: 2 });
    const stream = open();
    stream.send(collection(1));
    const current = await until(stream, 'CURRENT 1');
    const ofAnotherRun = Buffer.from(current.targetChange?.resumeToken ?? []);
    ofAnotherRun[0] = ~(ofAnotherRun[0] ?? 0);
    for (const resumeToken of [ofAnotherRun, Buffer.from('token')]) {
      const again = open();
      again.send(collection(1, { resumeToken }));
      assert.deepEqual(await again.snapshot(), ['ADD 1', 'RESET 1', 'change a 1', 'CURRENT 1']);
    }
  });

  it('refuses a target for itself, and the stream goes on', async () => {
    await start();
    const stream = open();
    stream.send(collection(1));
    await stream.snapshot();
    for (const refused of [
      add({ targetId: 2 }),
      add({ targetId: 2, documents: { documents: [] } }),
      add({ targetId: 2, documents: { documents: ['projects/test/databases/other/documents/c/a'] } }),
      add({ targetId: 2, query: { parent: 'projects/test/databases/other/documents', structuredQuery: {} } }),
      collection(2, {}, { offset: -1 }),
    ]) {
      stream.send(refused);
      assert.equal(shorten(await stream.next()), 'REMOVE 2 (3)');
    }
    stream.send(collection(2, {}, { findNearest: { limit: { value: 1 } } }));
    assert.equal(shorten(await stream.next()), 'REMOVE 2 (12)');
    await db.doc('c/a').set({ n: 1 });
    assert.deepEqual(await stream.snapshot(), ['change a 1']);
  });

  it('ends for what makes no sense, and tells why', async () => {
    await start();
    for (const [requests, details] of [
      [[{ database: 'nonsense' }], /^Database name "nonsense" lacks/],
      [[{ database: DATABASE }], /must add or remove a target/],
      [[documents(-1, 'a')], /must not be negative, got -1/],
      [[documents(1, 'a'), documents(1, 'b')], /Target id 1 is in use/],
      [
        [documents(1, 'a'), { ...documents(2, 'a'), database: 'projects/p/databases/d' }],
        /needs another one/,
      ],
    ] as const) {
      const stream = open();
      for (const request of requests) stream.send(request);
      const status = await stream.ended();
      assert.equal(status.code, 3);
      assert.match(status.details, details);
    }
    await eventually(() => fixture.emulator.openWork().listenStreams === 0);
  });

  it('keeps to the number of targets, and the emulator to that of streams', async () => {
    await start({ listenLimits: { maxTargetsPerStream: 2, maxStreams: 1 } });
    const stream = open();
    for (const id of [1, 2]) {
      stream.send(documents(id, 'a'));
      await stream.snapshot();
    }
    stream.send(documents(3, 'a'));
    assert.equal(shorten(await stream.next()), 'REMOVE 3 (8)');
    stream.send({ database: DATABASE, removeTarget: 1 });
    assert.equal(shorten(await stream.next()), 'REMOVE 1');
    stream.send(documents(3, 'a'));
    assert.deepEqual(await stream.snapshot(), ['ADD 3', 'delete a 3', 'CURRENT 3']);
    const second = open();
    second.send(documents(1, 'a'));
    assert.equal((await second.ended()).code, 8);
  });

  it('ends when its client has ended', async () => {
    await start();
    const stream = open();
    stream.send(collection(1));
    await stream.snapshot();
    stream.end();
    assert.equal((await stream.ended()).code, 0);
    assert.equal(fixture.emulator.openWork().listenStreams, 0);
  });

  it('ends with UNAVAILABLE when the emulator closes, which does not wait for it', async () => {
    await start();
    const stream = open();
    stream.send(collection(1));
    await stream.snapshot();
    const ended = stream.ended();
    const closed = fixture.emulator.close();
    assert.deepEqual(await ended, { code: 14, details: 'The emulator is closing.' });
    await closed;
    await db.terminate();
    await start();
  });

  it('is told now and then that it is up to date, with a token to go on from', async () => {
    await start({ listenLimits: { heartbeatMs: 5 } });
    const stream = open();
    stream.send(collection(1));
    await stream.snapshot();
    const [one, two] = [await stream.next(), await stream.next()];
    assert.deepEqual([shorten(one), shorten(two)], ['NO_CHANGE', 'NO_CHANGE']);
    assert.notDeepEqual(one.targetChange?.resumeToken, two.targetChange?.resumeToken);
  });

  it('whose client does not read piles up nothing, and shows the present once it reads', async () => {
    await start();
    const stream = open();
    stream.send(collection(1));
    await stream.snapshot();
    const filler = 'x'.repeat(100_000);
    const refs = ['a', 'b', 'c'].map((id) => db.doc(`c/${id}`));
    let maxQueued = 0;
    for (let n = 1; n <= 40; n++) {
      await Promise.all(refs.map((ref) => ref.set({ n, filler })));
      maxQueued = Math.max(maxQueued, fixture.emulator.openWork().queuedEvents);
    }
    await refs[0]?.delete();
    assert.ok(maxQueued <= 4, `${maxQueued} events`);
    let sent = 0;
    const last = new Map<string, unknown>();
    // Up to the end of the snapshot with the delete: the order of changes within a snapshot is not told.
    for (let isCurrent = false; !isCurrent; ) {
      const { documentChange, documentDelete, targetChange } = await stream.next();
      if (documentDelete) last.set('a', 'gone');
      isCurrent = targetChange?.targetChangeType === 'NO_CHANGE' && last.get('a') === 'gone';
      if (!documentChange) continue;
      sent++;
      const { name, fields } = documentChange.document;
      last.set(name.slice(-1), (fields['n'] as { integerValue: string }).integerValue);
    }
    assert.deepEqual(Object.fromEntries(last), { a: 'gone', b: '40', c: '40' });
    assert.ok(sent < 80, `${sent} of 120 states`);
  });

  it('whose client does not read is brought up to date though too much has changed to remember', async () => {
    await start();
    const filler = 'x'.repeat(200_000);
    const stream = open();
    stream.send(collection(1));
    await stream.snapshot();
    // First as much as fills all buffers, then more than is remembered.
    for (let n = 1; n <= 60; n++) await db.doc(`c/${n}`).set({ filler });
    for (let n = 2; n <= 60; n++) await db.doc(`c/${n}`).delete();
    await db.doc('c/end').set({});
    const known = new Set<string>();
    while (!(known.has('end') && known.size === 2)) {
      for (const told of await stream.snapshot()) {
        const [what, id = ''] = told.split(' ');
        if (what === 'change') known.add(id);
        else known.delete(id);
      }
    }
    assert.deepEqual([...known].sort(), ['1', 'end']);
  });
});

async function until(stream: RawListen, wanted: string) {
  for (;;) {
    const response = await stream.next();
    if (shorten(response) === wanted) return response;
  }
}
