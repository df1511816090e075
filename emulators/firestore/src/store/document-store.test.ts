import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { DatabaseFiles, MovableClock } from '@waybill/emulator-kit';
import sinon from 'sinon';
import { parseDocumentName } from '../values/resource-name.ts';
import type { Commit } from './commit-feed.ts';
import { DocumentStore } from './document-store.ts';

const name = parseDocumentName('projects/p/databases/d/documents/c/a');

describe('DocumentStore', () => {
  let store: DocumentStore;
  let told: Commit[];
  let failures: string[];

  beforeEach(() => {
    failures = [];
    store = new DocumentStore({
      clock: new MovableClock(),
      onWriteFailed: ({ message }) => failures.push(message),
    });
    told = [];
    store.feed.subscribe((commit) => told.push(commit));
  });
  afterEach(() => {
    sinon.restore();
    store.close();
  });

  const apply = (text: string): number => {
    const commitMicros = store.clock.next();
    const fields = new Map([['text', { kind: 'string', string: text } as const]]);
    store.apply([{ name, fields }], commitMicros);
    return commitMicros;
  };

  it('is settled up to just before a commit until that is on the disk and told', async () => {
    const before = store.settledMicros();
    const first = apply('first');
    const second = apply('second');
    assert.equal(store.settledMicros(), first - 1);
    assert.ok(first - 1 >= before);
    await store.durable();
    assert.deepEqual(
      told.map(({ commitMicros }) => commitMicros),
      [first, second],
    );
    assert.ok(store.settledMicros() > second);
  });

  it('is settled up to each commit when it tells of it', async () => {
    const settled: number[] = [];
    store.feed.subscribe(() => settled.push(store.settledMicros()));
    const commits = [apply('first'), apply('second')];
    await store.durable();
    assert.equal(settled[0], commits[0]);
    assert.ok(settled[1] !== undefined && commits[1] !== undefined && settled[1] >= commits[1]);
  });

  it('refuses with UNAVAILABLE what could not be written, or would not be found again', async () => {
    const exec = sinon.stub(DatabaseSync.prototype, 'exec').callThrough();
    exec.withArgs('COMMIT').throws(new Error('database or disk is full'));
    apply('text');
    await assert.rejects(store.durable(), { code: 14, message: /could not be written to the disk: .* full/ });
    assert.equal(store.get(name), undefined);
    exec.restore();
    sinon.stub(DatabaseFiles.prototype, 'assertInPlace').throws(new Error('the files are gone'));
    apply('text');
    await assert.rejects(store.durable(), { code: 14, message: /the files are gone/ });
  });

  it('tells why it can not write, once until it can again', async () => {
    const exec = sinon.stub(DatabaseSync.prototype, 'exec').callThrough();
    const commit = async (isFull: boolean): Promise<void> => {
      if (isFull) exec.withArgs('COMMIT').throws(new Error('database or disk is full'));
      else exec.withArgs('COMMIT').callThrough();
      apply('text');
      await store.durable().catch(() => {});
    };
    for (const isFull of [true, true, false, true]) await commit(isFull);
    assert.deepEqual(failures, ['database or disk is full', 'database or disk is full']);
  });
});
