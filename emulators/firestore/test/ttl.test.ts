import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Firestore, Timestamp } from '@google-cloud/firestore';
import { type Fixture, startFixture } from './support/emulator-fixture.ts';

const HOUR_MS = 3_600_000;

describe('TTL policies', () => {
  let folder: string;
  let indexes: string;
  let fixture: Fixture;
  let db: Firestore;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ttl-'));
    indexes = join(folder, 'firestore.indexes.json');
    const fieldOverrides = [
      { collectionGroup: 'sessions', fieldPath: 'expireAt', ttl: true, indexes: [] },
      { collectionGroup: 'deep', fieldPath: 'meta.until', ttl: true, indexes: [] },
      { collectionGroup: 'kept', fieldPath: 'expireAt', ttl: false, indexes: [] },
    ];
    writeFileSync(indexes, JSON.stringify({ fieldOverrides }));
  });
  after(() => rmSync(folder, { recursive: true }));
  beforeEach(async () => {
    fixture = await startFixture({ indexes, dataDir: mkdtempSync(join(folder, 'data-')) });
    db = fixture.client();
  });
  afterEach(() => fixture.close());

  const inHours = (hours: number): Timestamp =>
    Timestamp.fromMillis(fixture.emulator.clock.nowMs() + hours * HOUR_MS);

  /** Resolves when a document is gone. */
  function deletionOf(path: string): Promise<void> {
    return new Promise((resolve) => {
      const stop = db.doc(path).onSnapshot(({ exists }) => {
        if (exists) return;
        stop();
        resolve();
      });
    });
  }

  it('delete documents when the clock reaches their time', async () => {
    await db.doc('sessions/1').set({ expireAt: inHours(1) });
    await db.doc('users/1/sessions/2').set({ expireAt: inHours(2) });
    await db.doc('deep/1').set({ meta: { until: inHours(1) } });
    await db.doc('kept/1').set({ expireAt: inHours(1) });
    await db.doc('sessions/text').set({ expireAt: 'soon' });
    fixture.emulator.resetUsage();
    const gone = Promise.all([deletionOf('sessions/1'), deletionOf('deep/1')]);
    fixture.emulator.clock.advance(HOUR_MS);
    await gone;
    for (const path of ['users/1/sessions/2', 'kept/1', 'sessions/text']) {
      assert.equal((await db.doc(path).get()).exists, true, path);
    }
    assert.equal(fixture.emulator.usage().documentDeletes, 2);
    const second = deletionOf('users/1/sessions/2');
    fixture.emulator.clock.advance(HOUR_MS);
    await second;
  });

  it('spare a document that was given more time', async () => {
    await db.doc('sessions/1').set({ expireAt: inHours(1) });
    await db.doc('sessions/1').set({ expireAt: inHours(3) });
    await db.doc('sessions/2').set({ expireAt: inHours(2) });
    const second = deletionOf('sessions/2');
    fixture.emulator.clock.advance(2 * HOUR_MS);
    await second;
    assert.equal((await db.doc('sessions/1').get()).exists, true);
  });

  it('delete at once what is written with a time that has passed', async () => {
    await db.doc('sessions/1').set({ expireAt: inHours(-1) });
    await deletionOf('sessions/1');
  });

  it('wait for a transaction that has read the document', async () => {
    await db.doc('sessions/1').set({ expireAt: inHours(1) });
    await db.runTransaction(async (transaction) => {
      await transaction.get(db.doc('sessions/1'));
      fixture.emulator.clock.advance(HOUR_MS);
      transaction.update(db.doc('sessions/1'), { expireAt: inHours(5) });
    });
    await db.doc('sessions/2').set({ expireAt: inHours(-1) });
    await deletionOf('sessions/2');
    assert.equal((await db.doc('sessions/1').get()).exists, true);
  });

  it('delete what expired while the emulator was not running', async () => {
    const dataDir = mkdtempSync(join(folder, 'data-'));
    const first = await startFixture({ dataDir });
    const later = Timestamp.fromMillis(Date.now() + HOUR_MS);
    await first.client().doc('sessions/1').set({ expireAt: later });
    await first.emulator.clock.advance(2 * HOUR_MS);
    await first.close();
    const second = await startFixture({ dataDir, indexes });
    db = second.client();
    await deletionOf('sessions/1');
    await second.close();
  });
});
