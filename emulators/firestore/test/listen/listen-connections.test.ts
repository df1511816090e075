import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Firestore } from '@google-cloud/firestore';
import { type FirestoreEmulator, startFirestoreEmulator } from '../../src/index.ts';
import { connect, eventually } from '../support/emulator-fixture.ts';
import { listenTo, type SnapshotLog } from '../support/snapshot-log.ts';
import { startTcpLink, type TcpLink } from '../support/tcp-link.ts';

describe('listeners whose connection breaks', () => {
  let emulator: FirestoreEmulator;
  let dataDir: string;
  let link: TcpLink | undefined;
  let clients: Firestore[];
  let logs: SnapshotLog[];

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'firestore-listen-'));
    emulator = await startFirestoreEmulator({ port: 0, dataDir });
    clients = [];
    logs = [];
    link = undefined;
  });
  afterEach(async () => {
    for (const log of logs) log.unsubscribe();
    await Promise.all(clients.map((client) => client.terminate()));
    await link?.close();
    await emulator.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  const client = (port: number): Firestore => {
    const db = connect(port);
    clients.push(db);
    return db;
  };
  const listen = (target: Parameters<typeof listenTo>[0]): SnapshotLog => {
    const log = listenTo(target);
    logs.push(log);
    return log;
  };
  const seed = async (db: Firestore): Promise<void> => {
    for (const [id, n] of Object.entries({ a: 1, b: 2, c: 3 })) await db.doc(`c/${id}`).set({ n });
  };

  it('go on where they were, and pay only for what has changed', async () => {
    const writer = client(emulator.port);
    await seed(writer);
    link = await startTcpLink(emulator.port);
    const reader = client(link.port);
    const all = listen(reader.collection('c'));
    const first = listen(reader.collection('c').orderBy('n').limit(1));
    const one = listen(reader.doc('c/none'));
    assert.equal(await all.next(), '+a@0 +b@1 +c@2 = a:1 b:2 c:3');
    assert.equal(await first.next(), '+a@0 = a:1');
    assert.equal(await one.next(), 'missing');

    link.cut();
    await eventually(() => emulator.openWork().listenStreams === 0);
    emulator.resetUsage();
    await writer.doc('c/a').delete();
    await writer.doc('c/b').set({ n: 7 });
    await writer.doc('c/d').set({ n: 4 });
    link.restore();

    assert.equal(await all.next(), '-a@0 +d@2 ~b@0>0 = b:7 c:3 d:4');
    assert.equal(await first.next(), '-a@0 +c@0 = c:3');
    assert.equal(emulator.usage().documentReads, 3);
    await writer.doc('c/none').set({ n: 0 });
    assert.equal(await one.next(), '{"n":0}');
  });

  it('leave nothing behind on the server, also if they never come back', async () => {
    link = await startTcpLink(emulator.port);
    const reader = client(link.port);
    const log = listen(reader.collection('c'));
    assert.equal(await log.next(), '=');
    link.cut();
    await eventually(() => emulator.openWork().listenStreams === 0);
    assert.equal(emulator.openWork().listenTargets, 0);
    log.unsubscribe();
    link.restore();
  });

  it('go on after a restart on the same port with the same data', async () => {
    const { port } = emulator;
    const db = client(port);
    await seed(db);
    const all = listen(db.collection('c'));
    const one = listen(db.doc('c/a'));
    assert.equal(await all.next(), '+a@0 +b@1 +c@2 = a:1 b:2 c:3');
    assert.equal(await one.next(), '{"n":1}');

    await emulator.close();
    // Elsewhere in between, so that the listener can't see it until all has happened.
    emulator = await startFirestoreEmulator({ port: 0, dataDir });
    const elsewhere = client(emulator.port);
    await elsewhere.doc('c/a').delete();
    await elsewhere.doc('c/d').set({ n: 4 });
    await emulator.close();
    emulator = await startFirestoreEmulator({ port, dataDir });

    assert.equal(await all.next(), '-a@0 +d@2 = b:2 c:3 d:4');
    assert.equal(await one.next(), 'missing');
    await db.doc('c/a').set({ n: 5 });
    assert.equal(await all.next(), '+a@0 = a:5 b:2 c:3 d:4');
    assert.equal(await one.next(), '{"n":5}');
  });

  it('lose what an emulator without data folder has forgotten', async () => {
    const { port } = emulator;
    await seed(client(port));
    link = await startTcpLink(port);
    const all = listen(client(link.port).collection('c'));
    assert.equal(await all.next(), '+a@0 +b@1 +c@2 = a:1 b:2 c:3');
    link.cut();
    await emulator.close();
    emulator = await startFirestoreEmulator({ port });
    link.restore();
    assert.equal(await all.next(), '-a@0 -b@0 -c@0 =');
  });
});
