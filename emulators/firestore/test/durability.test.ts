import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Firestore } from '@google-cloud/firestore';
import { DATABASE_GONE_EXIT_CODE, MovableClock } from '@waybill/emulator-kit';
import { startFirestoreEmulator } from '../src/index.ts';
import { connect, startFixture } from './support/emulator-fixture.ts';
import { connectRaw } from './support/raw-client.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const ROUNDS = 3;
const WRITERS = 20;
const ACKNOWLEDGED_PER_ROUND = 150;

describe('data on the disk', () => {
  let dataDir: string;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'firestore-emulator-'));
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  it('is there after a restart, with its times, and later times are later', async () => {
    const first = await startFixture({ dataDir });
    const ref = first.client().doc('kept/one');
    await ref.set({ n: 1 });
    const { writeTime } = await ref.set({ n: 2n ** 60n });
    await first.close();

    const second = await startFixture({ dataDir });
    const db = second.client({ useBigInt: true });
    const snapshot = await db.doc('kept/one').get();
    assert.deepEqual(snapshot.data(), { n: 2n ** 60n });
    assert.equal(snapshot.updateTime?.isEqual(writeTime), true);
    assert.equal(snapshot.readTime > writeTime, true);
    await second.close();
  });

  it('has rising times though the clock starts earlier than before', async () => {
    const first = await startFixture({ dataDir, clock: new MovableClock({ offsetMs: 3_600_000 }) });
    const { writeTime } = await first.client().doc('kept/one').set({ n: 1 });
    await first.close();
    const second = await startFixture({ dataDir, clock: new MovableClock() });
    const later = await second.client().doc('kept/one').set({ n: 2 });
    assert.equal(later.writeTime > writeTime, true);
    await second.close();
  });

  it('follows the clock when that is moved', async () => {
    const clock = new MovableClock();
    const fixture = await startFixture({ clock });
    const db = fixture.client();
    const { writeTime } = await db.doc('moved/one').set({ n: 1 });
    clock.setOffset(24 * 3_600_000);
    const snapshot = await db.doc('moved/one').get();
    assert.ok(snapshot.readTime.toMillis() - writeTime.toMillis() >= 24 * 3_600_000);
    await fixture.close();
  });

  it('belongs to one process', async () => {
    const first = await startFixture({ dataDir });
    await assert.rejects(startFirestoreEmulator({ port: 0, dataDir }), {
      message: /firestore\.sqlite is used by another process/,
    });
    await first.close();
  });

  it('ends rather than acknowledge a commit when its folder was removed', async () => {
    const emulator = await startProcess(dataDir, 0);
    const exited = once(emulator.process, 'exit');
    await rm(dataDir, { recursive: true });
    const client = connectRaw(emulator.port);
    const database = 'projects/test/databases/(default)';
    const update = { name: `${database}/documents/a/b`, fields: {} };
    const outcome = await client.call('Commit', { database, writes: [{ update }] });
    assert.partialDeepStrictEqual(outcome, { code: 14 });
    assert.deepEqual(await exited, [DATABASE_GONE_EXIT_CODE, null]);
    client.close();
  });

  it('holds every acknowledged batch, whole, after kill -9 in the middle of writes', async function () {
    this.timeout(60_000);
    let port = 0;
    const acknowledged: number[] = [];
    let next = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const emulator = await startProcess(dataDir, port);
      port = emulator.port;
      const db = connect(port);
      const enough = Promise.withResolvers<void>();
      let killed = false;
      const target = acknowledged.length + ACKNOWLEDGED_PER_ROUND;
      const write = async (): Promise<void> => {
        while (!killed) {
          const id = next++;
          try {
            await pair(db, id).commit();
          } catch {
            return;
          }
          if (killed) return;
          acknowledged.push(id);
          if (acknowledged.length === target) enough.resolve();
        }
      };
      const writers = Array.from({ length: WRITERS }, write);
      await enough.promise;
      killed = true;
      await kill(emulator.process);
      // What the client still tries goes to the next round's process, or fails: either is fine.
      const last = await startProcess(dataDir, port);
      await Promise.all(writers);
      await verify(connect(port));
      await kill(last.process);
      await db.terminate();
    }

    function pair(db: Firestore, id: number) {
      return db
        .batch()
        .set(db.doc(`left/${id}`), { id })
        .set(db.doc(`right/${id}`), { id });
    }

    async function verify(db: Firestore): Promise<void> {
      const idsOf = async (collection: string) =>
        new Set((await db.collection(collection).get()).docs.map((doc) => doc.get('id') as number));
      const [left, right] = await Promise.all([idsOf('left'), idsOf('right')]);
      assert.deepEqual(left, right, 'no half batch');
      assert.deepEqual(
        acknowledged.filter((id) => !left.has(id)),
        [],
        'no acknowledged batch is lost',
      );
      await db.terminate();
    }
  });

  async function startProcess(dir: string, port: number): Promise<{ process: ChildProcess; port: number }> {
    const child = spawn(process.execPath, [MAIN, '--port', String(port), '--data-dir', dir], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, EMULATOR_EXIT_WITH_PARENT: '1' },
    });
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const listening = /listening on 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    assert.ok(listening, line);
    return { process: child, port: Number(listening) };
  }

  async function kill(child: ChildProcess): Promise<void> {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }
});
