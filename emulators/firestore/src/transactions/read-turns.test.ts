import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MovableClock } from '@waybill/emulator-kit';
import type { Query } from '../queries/query.ts';
import { countSteps, querySteps } from '../queries/run-query.ts';
import { DocumentStore } from '../store/document-store.ts';
import { PausableRead, type Steps } from '../store/steps.ts';
import { UsageMeter } from '../usage/usage-meter.ts';
import { parseDocumentName, parseParent } from '../values/resource-name.ts';
import { type CallContext, FirestoreEngine } from './firestore-engine.ts';
import { ReadTurns } from './read-turns.ts';

const DATABASE = 'projects/p/databases/d';
const ROOT = parseParent(`${DATABASE}/documents`);

/** A millisecond goes by whenever somebody looks. */
function steppingClock(): () => number {
  let ms = 0;
  return () => ms++;
}

describe('ReadTurns', () => {
  const signal = new AbortController().signal;

  it('returns the result of a short read at once', () => {
    assert.equal(new ReadTurns(steppingClock()).run(readOf(1, []), signal), 1);
  });

  it('runs long reads by turns, and others between', async () => {
    const events: string[] = [];
    const turns = new ReadTurns(steppingClock());
    const reads = ['a', 'b'].map((name) => turns.run(readOf(12, events, name), signal));
    for (let turn = 0; turn < 3; turn++) {
      await nextTurn();
      events.push('turn');
    }
    assert.deepEqual(await Promise.all(reads), [12, 12]);
    const lastOfA = events.lastIndexOf('a');
    assert.ok(events.indexOf('b') < lastOfA, events.join());
    assert.ok(events.indexOf('turn') < lastOfA, events.join());
    assert.equal(turns.waiting, 0);
  });

  it('refuses to go on for a client that has gone', async () => {
    const turns = new ReadTurns(steppingClock());
    const controller = new AbortController();
    const events: string[] = [];
    const read = turns.run(readOf(100, events), controller.signal);
    controller.abort(new Error('gone'));
    const before = events.length;
    await assert.rejects(Promise.resolve(read), { code: 1 });
    assert.deepEqual([events.length, turns.waiting], [before, 0]);
  });

  it('rejects with what a read throws in a later turn', async () => {
    const turns = new ReadTurns(steppingClock());
    const steps = (function* (): Steps<number> {
      for (let n = 0; n < 10; n++) yield;
      throw new Error('failed');
    })();
    await assert.rejects(Promise.resolve(turns.run(new PausableRead(steps), signal)), /failed/);
  });

  function readOf(steps: number, events: string[], name = 'step'): PausableRead<number> {
    return new PausableRead(
      (function* () {
        for (let n = 0; n < steps; n++) {
          events.push(name);
          yield;
        }
        return steps;
      })(),
    );
  }
});

/** Reads of many documents, each with a get that comes once it has begun. */
describe('FirestoreEngine.read()', () => {
  const DOCUMENTS = 1_500;
  let store: DocumentStore;
  let engine: FirestoreEngine;
  let context: CallContext;

  before(async () => {
    store = new DocumentStore({ clock: new MovableClock() });
    const limits = { idleMs: 60_000, totalMs: 60_000, orphanedMs: 60_000, lockWaitMs: 60_000 };
    engine = new FirestoreEngine(store, limits, new UsageMeter(), { turns: new ReadTurns(steppingClock()) });
    context = { database: DATABASE, connection: undefined, signal: new AbortController().signal };
    for (let n = 0; n < DOCUMENTS; n++) {
      const fields = new Map([['n', { kind: 'integer', integer: BigInt((n * 7) % DOCUMENTS) } as const]]);
      store.apply([{ name: parseDocumentName(`${ROOT.name}/c/${n}`), fields }], store.clock.next());
    }
    await store.durable();
  });
  after(() => {
    engine.close();
    store.close();
  });

  const byN: Query['orders'] = [
    { operand: { kind: 'field', path: ['n'] }, descending: false },
    { operand: { kind: 'name' }, descending: true },
  ];
  const cases = (kind: string): Record<string, Partial<Query>> => ({
    'all documents': {},
    'an order that is new': { orders: byN },
    'a filter that is new': {
      filter: {
        kind: 'compare',
        op: '!=',
        operand: { kind: 'field', path: [kind] },
        value: { kind: 'string', string: '' },
      },
    },
    'documents in any collection': { collectionId: undefined, allDescendants: true },
  });
  for (const kind of ['query', 'count', 'transaction'] as const) {
    for (const [title, part] of Object.entries(cases(kind))) {
      it(`answers a get before it is done with ${title}: ${kind}`, async () => {
        const query: Query = { ...everything, ...part };
        const done: string[] = [];
        const consistency =
          kind === 'transaction'
            ? ({ kind: 'newTransaction', options: { kind: 'readWrite', retryOf: undefined } } as const)
            : ({ kind: 'strong' } as const);
        const long = engine
          .read<unknown>(context, consistency, {
            kind: 'query',
            run: (view) =>
              new PausableRead<unknown>(kind === 'count' ? countSteps(query, view) : querySteps(query, view)),
            collectionId: 'c',
            foundNames: () => [],
            fingerprint: () => '',
            billedReads: () => 1,
          })
          .then((outcome) => {
            done.push('query');
            if (outcome.newTransaction !== undefined) engine.rollback(outcome.newTransaction);
          });
        await nextTurn();
        const get = engine
          .read(
            context,
            { kind: 'strong' },
            {
              kind: 'documents',
              names: [],
              run: (view) => view.get(parseDocumentName(`${ROOT.name}/c/1`)),
              billedReads: () => 1,
            },
          )
          .then(() => done.push('get'));
        await Promise.all([long, get]);
        assert.deepEqual(done, ['get', 'query']);
      });
    }
  }
});

const everything: Query = {
  parent: ROOT,
  collectionId: 'c',
  allDescendants: false,
  filter: undefined,
  orders: [{ operand: { kind: 'name' }, descending: false }],
  startAt: undefined,
  endAt: undefined,
  offset: 0,
  limit: undefined,
  select: undefined,
};
