import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { MovableClock } from '@waybill/emulator-kit';
import sinon from 'sinon';
import { DocumentStore } from '../store/document-store.ts';
import { UsageMeter } from '../usage/usage-meter.ts';
import { parseDocumentName } from '../values/resource-name.ts';
import type { Write } from './decode-write.ts';
import { type CallContext, FirestoreEngine } from './firestore-engine.ts';

const DATABASE = 'projects/p/databases/d';
const name = parseDocumentName(`${DATABASE}/documents/c/a`);

describe('FirestoreEngine', () => {
  let store: DocumentStore;
  let engine: FirestoreEngine;
  let context: CallContext;

  beforeEach(() => {
    store = new DocumentStore({ clock: new MovableClock() });
    const limits = { idleMs: 60_000, totalMs: 60_000, orphanedMs: 60_000, lockWaitMs: 60_000 };
    engine = new FirestoreEngine(store, limits, new UsageMeter());
    context = { database: DATABASE, connection: undefined, signal: new AbortController().signal };
  });
  afterEach(() => {
    sinon.restore();
    engine.close();
    store.close();
  });

  const set: Write = {
    kind: 'set',
    name,
    precondition: undefined,
    fields: new Map(),
    mask: undefined,
    transforms: [],
  };
  const read = () =>
    engine.read(
      context,
      { kind: 'strong' },
      {
        kind: 'documents',
        names: [name.name],
        run: (view) => view.get(name) !== undefined,
        billedReads: () => 1,
      },
    );

  it('acknowledges a commit, and shows it to readers, only once SQLite has committed', async () => {
    const exec = sinon.spy(DatabaseSync.prototype, 'exec');
    const committed = () => exec.calledWith('COMMIT');
    const { revision } = store;
    const commit = engine.commit(context, [set], undefined).then(committed);
    // Until the commit is applied, though not yet on the disk: no turn of the event loop goes by here.
    while (store.revision === revision) await Promise.resolve();
    const shown = read().then(({ result }) => result && committed());
    assert.deepEqual([committed(), await commit, await shown], [false, true, true]);
  });

  it('acknowledges nothing of a group that could not be written', async () => {
    const exec = sinon.stub(DatabaseSync.prototype, 'exec').callThrough();
    exec.withArgs('COMMIT').throws(new Error('disk I/O error'));
    await assert.rejects(engine.commit(context, [set], undefined), { code: 14, message: /disk I\/O error/ });
    exec.restore();
    assert.equal((await read()).result, false);
    await engine.commit(context, [set], undefined);
    assert.equal((await read()).result, true);
  });

  it('holds no transaction and no lock once all is done', async () => {
    const { newTransaction } = await engine.read(
      context,
      { kind: 'newTransaction', options: { kind: 'readWrite', retryOf: undefined } },
      { kind: 'documents', names: [name.name], run: (view) => view.get(name), billedReads: () => 1 },
    );
    assert.deepEqual(engine.openWork, { transactions: 1, locks: 1, lockWaits: 0 });
    await engine.commit(context, [set], newTransaction);
    assert.deepEqual(engine.openWork, { transactions: 0, locks: 0, lockWaits: 0 });
  });
});
