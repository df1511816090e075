import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Timestamp } from '@google-cloud/firestore';
import { startFirestoreEmulator } from '../src/index.ts';
import { type Fixture, startFixture } from './support/emulator-fixture.ts';
import { connectRaw } from './support/raw-client.ts';
import { RawTransaction } from './support/raw-transaction.ts';

const DATABASE = 'projects/test/databases/(default)';
const GOOGLES_DELETE = `/emulator/v1/${DATABASE}/documents`;

describe('control routes', () => {
  let fixture: Fixture;
  let folder: string;

  before(async () => {
    fixture = await startFixture();
  });
  after(() => fixture.close());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'control-'));
  });
  afterEach(async () => {
    rmSync(folder, { recursive: true });
    await fixture.emulator.clear();
  });

  async function call(method: string, path: string, body?: object, origin?: string) {
    const response = await fetch(`http://127.0.0.1:${fixture.port}${path}`, {
      method,
      ...(body && { body: JSON.stringify(body) }),
      ...(origin !== undefined && { headers: { origin } }),
    });
    return { status: response.status, text: await response.text() };
  }

  describe("of Google's emulator", () => {
    it('say that it is there', async () => {
      assert.deepEqual(await call('GET', '/'), { status: 200, text: 'Ok\n' });
    });

    it('delete all documents of a database', async () => {
      await fixture.client().doc('a/b').set({ n: 1 });
      await fixture.client({ databaseId: 'second' }).doc('a/b').set({ n: 1 });
      const { status, text } = await call('DELETE', GOOGLES_DELETE);
      assert.deepEqual([status, JSON.parse(text)], [200, {}]);
      assert.deepEqual(Object.keys(fixture.emulator.dump()), ['projects/test/databases/second']);
      assert.equal((await call('DELETE', GOOGLES_DELETE.replace('(default)', '%28default%29'))).status, 200);
    });

    it('serve pages of this machine only', async () => {
      await fixture.client().doc('a/b').set({ n: 1 });
      assert.equal((await call('DELETE', GOOGLES_DELETE, undefined, 'https://example.com')).status, 403);
      assert.equal((await call('OPTIONS', GOOGLES_DELETE, undefined, 'https://example.com')).status, 403);
      assert.equal(Object.keys(fixture.emulator.dump()).length, 1);
      assert.equal((await call('OPTIONS', GOOGLES_DELETE, undefined, 'http://localhost:3000')).status, 200);
      assert.equal(Object.keys(fixture.emulator.dump()).length, 1);
      assert.equal((await call('DELETE', GOOGLES_DELETE, undefined, 'http://localhost:3000')).status, 200);
      assert.deepEqual(fixture.emulator.dump(), {});
    });

    it('export a database into a folder of a name', async () => {
      await fixture.client().doc('a/b').set({ n: 1 });
      const route = '/emulator/v1/projects/test:export';
      const body = { database: DATABASE, export_directory: folder, export_name: 'first' };
      assert.equal((await call('POST', route, body)).status, 200);
      assert.ok(existsSync(join(folder, 'first', 'documents.jsonl')));
      assert.equal((await call('POST', route, body, 'http://localhost:3000')).status, 403);
      for (const wrong of [
        { export_directory: join(folder, 'none') },
        { export_name: '../up' },
        { database: 'projects/other/databases/x' },
        { export_name: 5 },
      ]) {
        assert.equal((await call('POST', route, { ...body, ...wrong })).status, 400);
      }
    });
  });

  describe('clear', () => {
    it('aborts transactions, which see the empty data when they run again', async () => {
      const client = fixture.client();
      await client.doc('a/b').set({ n: 1 });
      let runs = 0;
      const seen = await client.runTransaction(async (transaction) => {
        runs += 1;
        const snapshot = await transaction.get(client.doc('a/b'));
        if (runs === 1) await fixture.emulator.clear();
        transaction.set(client.doc('a/c'), { n: 1 });
        return snapshot.exists;
      });
      assert.deepEqual({ seen, runs }, { seen: false, runs: 2 });
    });

    it('frees what transactions that nobody ends have locked', async () => {
      const raw = connectRaw(fixture.port);
      const leaked = new RawTransaction(raw);
      await leaked.read('a/b');
      assert.equal(fixture.emulator.openWork().locks, 1);
      await fixture.emulator.clear('projects/test/databases/second');
      assert.equal(fixture.emulator.openWork().locks, 1);
      await fixture.emulator.clear();
      assert.equal(fixture.emulator.openWork().locks, 0);
      assert.equal(await leaked.commit({ 'a/b': 1 }), 10);
      assert.deepEqual(fixture.emulator.usage().aborted['*']?.dataReplaced !== undefined, true);
      raw.close();
    });
  });

  describe('dump', () => {
    it('is the same text for the same data, whatever the order of its writes', async () => {
      const client = fixture.client();
      const write = async (ids: readonly string[], fields: object): Promise<string> => {
        await fixture.emulator.clear();
        for (const id of ids) await client.doc(`a/${id}`).set(fields);
        return (await call('GET', `/emulator/dump?database=${DATABASE}`)).text;
      };
      const first = await write(['1', '2'], { b: -0, a: { d: 1, c: Timestamp.fromMillis(5) } });
      const second = await write(['2', '1'], { a: { c: Timestamp.fromMillis(5), d: 1 }, b: -0 });
      assert.equal(first, second);
      assert.deepEqual(JSON.parse(first)[DATABASE]['a/1'], {
        a: {
          mapValue: {
            fields: { c: { timestampValue: '1970-01-01T00:00:00.005Z' }, d: { integerValue: '1' } },
          },
        },
        b: { doubleValue: -0 },
      });
      assert.equal((await call('GET', '/emulator/dump?database=x')).status, 400);
    });
  });

  describe('export and import', () => {
    it('carry all values, and replace an earlier export', async () => {
      const client = fixture.client();
      const reference = client.doc('a/b');
      await reference.set({
        ...{ n: Number.MAX_SAFE_INTEGER, d: Number.NaN, z: -0, s: 'é', b: Buffer.from([1, 255]), nul: null },
        ...{ r: reference, t: new Timestamp(1, 1_000), deep: [{ x: [] }] },
      });
      await fixture.client({ databaseId: 'second' }).doc('x/y/x/y').set({});
      const before = fixture.emulator.dump();
      const target = join(folder, 'export');
      assert.equal(
        JSON.parse((await call('POST', '/emulator/export', { directory: target })).text).exported,
        2,
      );
      await fixture.emulator.export(target);
      await fixture.emulator.clear();
      await client.doc('c/other').set({ n: 1 });
      assert.equal(
        JSON.parse((await call('POST', '/emulator/import', { directory: target })).text).imported,
        2,
      );
      assert.equal((await client.doc('c/other').get()).exists, true);
      await client.doc('c/other').delete();
      assert.deepEqual(fixture.emulator.dump(), before);
      await using copy = await startFirestoreEmulator({ importDir: target });
      assert.deepEqual(copy.dump(), before);
    });

    it('run at the start and at the end of an emulator', async () => {
      const exportDir = join(folder, 'at-end');
      const fixtureOfOne = await startFixture({ exportDir });
      await fixtureOfOne.client().doc('a/b').set({ n: 1 });
      await fixtureOfOne.close();
      const second = await startFirestoreEmulator({ importDir: exportDir });
      assert.deepEqual(Object.keys(second.dump()[DATABASE] ?? {}), ['a/b']);
      await second.close();
    });

    it('refuse folders that are something else', async () => {
      const code = async (route: string, directory: unknown): Promise<string> =>
        JSON.parse((await call('POST', route, { directory })).text).code;
      assert.equal(await code('/emulator/import', folder), 'NOT_AN_EXPORT');
      writeFileSync(join(folder, 'mine.txt'), 'x');
      assert.equal(await code('/emulator/export', folder), 'EXPORT_FOLDER_IN_USE');
      assert.equal(await code('/emulator/export', join(folder, 'mine.txt')), 'EXPORT_FOLDER_IN_USE');
      assert.equal(await code('/emulator/export', join(folder, 'mine.txt/below')), 'EXPORT_NOT_WRITTEN');
      assert.equal(await code('/emulator/export', 5), 'BAD_DIRECTORY');
      assert.equal(readFileSync(join(folder, 'mine.txt'), 'utf8'), 'x');
      await assert.rejects(startFirestoreEmulator({ importDir: folder }), { code: 'NOT_AN_EXPORT' });
    });

    it('refuse damaged files, and import none of them', async () => {
      const target = join(folder, 'export');
      await fixture.client().doc('a/b').set({ n: 1 });
      await fixture.client().doc('a/c').set({ n: 1 });
      await fixture.emulator.export(target);
      await fixture.emulator.clear();
      const lines = join(target, 'documents.jsonl');
      const text = readFileSync(lines, 'utf8');
      writeFileSync(lines, text.replace('integerValue":"1"}}}\n{', 'integerValue":"one"}}}\n{'));
      await assert.rejects(fixture.emulator.import(target), {
        code: 'EXPORT_DAMAGED',
        message: /^Line 1 of .*documents\.jsonl is no document: .*TYPE_INT64/,
      });
      writeFileSync(lines, text.split('\n')[0] ?? '');
      await assert.rejects(fixture.emulator.import(target), {
        code: 'EXPORT_DAMAGED',
        message: /holds 1 documents, but its metadata says 2/,
      });
      writeFileSync(join(target, 'firestore-export.json'), '{"format":2}');
      await assert.rejects(fixture.emulator.import(target), { code: 'EXPORT_TOO_NEW' });
      assert.deepEqual(fixture.emulator.dump(), {});
    });
  });
});
