import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { clearFirestoreEmulator, startFirestoreEmulator } from '../src/index.ts';
import { useFirestoreEmulator } from '../src/mocha.ts';
import environment from '../src/vitest.ts';
import { connect, type Fixture, startFixture } from './support/emulator-fixture.ts';

describe('clear()', () => {
  let fixture: Fixture;

  beforeEach(async () => {
    fixture = await startFixture();
  });
  afterEach(() => fixture.close());

  it('deletes the documents of all databases, at any depth, and tells listeners', async () => {
    const [first, second] = [fixture.client(), fixture.client({ projectId: 'other' })];
    await first.doc('a/1/b/2').set({ x: 1 });
    await second.doc('a/1').set({ x: 1 });
    const sizes: number[] = [];
    const { promise: isEmpty, resolve } = Promise.withResolvers<void>();
    const stop = first.collection('a/1/b').onSnapshot(({ size }) => {
      sizes.push(size);
      if (size === 0) resolve();
      else void fixture.emulator.clear();
    });
    await isEmpty;
    stop();
    assert.deepEqual(sizes, [1, 0]);
    assert.equal((await second.doc('a/1').get()).exists, false);
    assert.equal(await fixture.emulator.clear(), 0);
  });

  it('of one database leaves the others alone', async () => {
    const [first, second] = [fixture.client(), fixture.client({ databaseId: 'second' })];
    await first.doc('a/1').set({ x: 1 });
    await second.doc('a/1').set({ x: 1 });
    assert.equal(await fixture.emulator.clear('projects/test/databases/second'), 1);
    assert.equal((await first.doc('a/1').get()).exists, true);
    assert.equal((await second.doc('a/1').get()).exists, false);
  });

  it('is a control route, which refuses a bad database', async () => {
    await fixture.client().doc('a/1').set({ x: 1 });
    const clear = async (body: string): Promise<unknown> => {
      const url = `http://127.0.0.1:${fixture.port}/emulator/clear`;
      return (await fetch(url, { method: 'POST', body })).json();
    };
    assert.equal(((await clear('{"database": "test"}')) as { code: string }).code, 'BAD_DATABASE');
    assert.deepEqual(await clear('{"database": "projects/test/databases/(default)"}'), { deleted: 1 });
  });
});

describe('startFirestoreEmulator()', () => {
  it('needs no options, and closes at the end of its block', async () => {
    let port: number;
    {
      await using emulator = await startFirestoreEmulator();
      port = emulator.port;
    }
    await assert.rejects(fetch(`http://127.0.0.1:${port}/emulator/health`));
  });
});

describe('useFirestoreEmulator()', () => {
  const before = process.env['FIRESTORE_EMULATOR_HOST'];

  describe('in its block', () => {
    useFirestoreEmulator();

    it('has an emulator at FIRESTORE_EMULATOR_HOST, which can be cleared', async () => {
      const port = Number(process.env['FIRESTORE_EMULATOR_HOST']?.split(':')[1]);
      const client = connect(port);
      await client.doc('a/1').set({ x: 1 });
      await clearFirestoreEmulator();
      assert.equal((await client.doc('a/1').get()).exists, false);
      await client.terminate();
    });
  });

  it('restores the variable afterwards', () => {
    assert.equal(process.env['FIRESTORE_EMULATOR_HOST'], before);
  });
});

describe('the vitest environment', () => {
  it('starts an emulator for a file, and ends it', async () => {
    const { teardown } = await environment.setup(globalThis, {});
    const address = process.env['FIRESTORE_EMULATOR_HOST'];
    assert.equal((await fetch(`http://${address}/emulator/health`)).status, 200);
    await teardown();
    await assert.rejects(fetch(`http://${address}/emulator/health`));
  });
});

describe('clearFirestoreEmulator()', () => {
  it('says what is missing', async () => {
    await assert.rejects(clearFirestoreEmulator({}), /FIRESTORE_EMULATOR_HOST is not set/);
  });
});

describe('a data folder', () => {
  let dataDir: string;

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'format-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true }));

  const write = (statements: string): void => {
    const database = new DatabaseSync(join(dataDir, 'firestore.sqlite'));
    database.exec(statements);
    database.close();
  };

  it('of format 1 is read with its documents and old versions', async () => {
    write(readFileSync(join(import.meta.dirname, 'fixtures/format-1.sql'), 'utf8'));
    const fixture = await startFixture({ dataDir });
    try {
      const snapshot = await fixture.client().doc('orders/1').get();
      assert.deepEqual(snapshot.data(), { total: 42 });
      assert.equal(snapshot.updateTime?.toMillis(), 1_760_000_000_000);
    } finally {
      await fixture.close();
    }
  });

  it('of a newer version is refused', async () => {
    write('PRAGMA user_version = 99; CREATE TABLE later (x);');
    await assert.rejects(startFirestoreEmulator({ dataDir }), {
      code: 'DATA_TOO_NEW',
      message: /firestore\.sqlite is in format 99 of a newer version/,
    });
  });
});
