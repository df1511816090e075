import assert from 'node:assert/strict';
import { MovableClock } from '@waybill/emulator-kit';
import fc from 'fast-check';
import { ManualTimers } from '../../test/support/manual-timers.ts';
import { DocumentStore } from '../store/document-store.ts';
import type { StoredDocument } from '../store/stored-document.ts';
import { UsageMeter } from '../usage/usage-meter.ts';
import { type DocumentName, parseDocumentName } from '../values/resource-name.ts';
import type { Fields, Value } from '../values/value.ts';
import { AbortedError } from './aborted-error.ts';
import type { Write } from './decode-write.ts';
import { type CallContext, type Consistency, FirestoreEngine } from './firestore-engine.ts';
import { RerunPlan } from './rerun-plan.ts';

const DATABASE = 'projects/p/databases/d';
const MAX_WAIT_MS = 15_000;
/** Time that one call takes; the time of waits is counted in it. */
const CALL_MS = 20;

/** An engine whose documents are counters, and threads that increment them in transactions. */
class Counters {
  readonly timers = new ManualTimers();
  readonly usage = new UsageMeter();
  readonly #store = new DocumentStore({ clock: new MovableClock() });
  readonly #engine: FirestoreEngine;
  readonly #context: CallContext = {
    database: DATABASE,
    connection: undefined,
    signal: new AbortController().signal,
  };
  /** Times that a transaction began, retries included. */
  runs = 0;

  constructor(options: { reruns?: RerunPlan } = {}) {
    const limits = { idleMs: 60_000, totalMs: 60_000, orphanedMs: 60_000, lockWaitMs: MAX_WAIT_MS };
    this.#engine = new FirestoreEngine(this.#store, limits, this.usage, { timers: this.timers, ...options });
  }

  get openWork(): FirestoreEngine['openWork'] {
    return this.#engine.openWork;
  }

  valueOf(id: string): number {
    return numberOf(this.#store.get(nameOf(id)));
  }

  /** Reads counters one by one and adds 1 to each, again as often as it is ABORTED, at once. */
  async increment(ids: readonly string[]): Promise<void> {
    for (let retryOf: Uint8Array | undefined; ; ) {
      this.runs += 1;
      let id: Uint8Array | undefined;
      try {
        const values = new Map<string, number>();
        for (const counter of ids) {
          const consistency: Consistency =
            id === undefined
              ? { kind: 'newTransaction', options: { kind: 'readWrite', retryOf } }
              : { kind: 'transaction', id };
          const { result, newTransaction } = await this.#call(() => this.#read(consistency, counter));
          id ??= newTransaction;
          values.set(counter, result);
        }
        const writes = [...values].map(([counter, value]) => set(counter, value + 1));
        await this.#call(() => this.#engine.commit(this.#context, writes, id));
        return;
      } catch (error) {
        if (!(error instanceof AbortedError)) throw error;
        retryOf = id ?? retryOf;
      }
    }
  }

  /** Adds 1 to counters in one commit outside of transactions. */
  async incrementOutside(ids: readonly string[]): Promise<void> {
    await this.#call(() => this.#engine.commit(this.#context, ids.map(addOne), undefined));
  }

  close(): void {
    this.#engine.close();
    this.#store.close();
  }

  #read(consistency: Consistency, counter: string) {
    const name = nameOf(counter);
    return this.#engine.read(this.#context, consistency, {
      kind: 'documents',
      names: [name.name],
      run: (view) => numberOf(view.get(name)),
      billedReads: () => 1,
    });
  }

  async #call<T>(run: () => Promise<T>): Promise<T> {
    this.timers.advance(CALL_MS);
    return run();
  }
}

function nameOf(id: string): DocumentName {
  return parseDocumentName(`${DATABASE}/documents/counters/${id}`);
}

function set(id: string, n: number): Write {
  const fields: Fields = new Map([['n', integer(n)]]);
  return { kind: 'set', name: nameOf(id), precondition: undefined, fields, mask: undefined, transforms: [] };
}

function addOne(id: string): Write {
  return {
    kind: 'set',
    name: nameOf(id),
    precondition: undefined,
    fields: new Map(),
    mask: [],
    transforms: [{ path: ['n'], kind: 'increment', operand: integer(1) }],
  };
}

function integer(n: number): Value {
  return { kind: 'integer', integer: BigInt(n) };
}

function numberOf(document: StoredDocument | undefined): number {
  const n = document?.fields.get('n');
  return n?.kind === 'integer' ? Number(n.integer) : 0;
}

/** Lets turns of the event loop pass. */
async function pass(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

const IDS = ['a', 'b', 'c'];

describe('contention', () => {
  let counters: Counters;

  beforeEach(() => {
    counters = new Counters();
  });
  afterEach(() => counters.close());

  const anyIds = fc.shuffledSubarray(IDS, { minLength: 1 });
  const anyWork = fc.record({
    ids: anyIds,
    isOutside: fc.nat(4).map((drawn) => drawn === 0),
    pause: fc.nat(3),
  });

  it('of 30 threads on 3 documents in any order ends right, without a wait of 15 seconds', async () => {
    await fc.assert(
      fc
        .asyncProperty(
          fc.array(fc.array(fc.shuffledSubarray(IDS, { minLength: 3 }), { minLength: 3, maxLength: 3 }), {
            minLength: 30,
            maxLength: 30,
          }),
          async (threads) => {
            await Promise.all(
              threads.map(async (orders) => {
                for (const ids of orders) await counters.increment(ids);
              }),
            );
            assert.deepEqual(
              IDS.map((id) => counters.valueOf(id)),
              [90, 90, 90],
            );
            assertNoLongWait();
            assert.ok(counters.runs > 90 && counters.runs <= 90 * 100, `${counters.runs} runs`);
          },
        )
        .beforeEach(renew),
      { numRuns: 2 },
    );
  });

  it('of transactions and commits outside of them, on some of the documents each, ends right', async () => {
    await fc.assert(
      fc
        .asyncProperty(
          fc.array(fc.array(anyWork, { maxLength: 4 }), { maxLength: 12, size: 'max' }),
          async (threads) => {
            await Promise.all(
              threads.map(async (work) => {
                for (const { ids, isOutside, pause } of work) {
                  await pass(pause);
                  await (isOutside ? counters.incrementOutside(ids) : counters.increment(ids));
                }
              }),
            );
            const wanted = (id: string) => threads.flat().filter(({ ids }) => ids.includes(id)).length;
            assert.deepEqual(
              IDS.map((id) => counters.valueOf(id)),
              IDS.map(wanted),
            );
            assertNoLongWait();
          },
        )
        .beforeEach(renew),
      { numRuns: 40 },
    );
  });

  function renew(): void {
    counters.close();
    counters = new Counters();
  }

  function assertNoLongWait(): void {
    assert.ok(counters.timers.longestMs < MAX_WAIT_MS, `a call waited for ${counters.timers.longestMs} ms`);
    assert.deepEqual(counters.openWork, { transactions: 0, locks: 0, lockWaits: 0 });
  }

  it('is counted by collection and reason, with the reruns that it makes', async () => {
    await Promise.all([counters.increment(['a']), counters.increment(['a'])]);
    const { aborted, reruns } = counters.usage.report();
    assert.deepEqual([aborted, reruns], [{ counters: { lockConflict: 1 } }, 1]);
    counters.usage.reset();
    assert.deepEqual(counters.usage.report().aborted, {});
  });
});

describe('a forced rerun', () => {
  it('comes once per transaction, at its first commit, and never outside of transactions', async () => {
    const counters = new Counters({ reruns: new RerunPlan({ seed: 1, rerunShare: 1 }) });
    for (const ids of [['a'], ['a', 'b'], ['b']]) await counters.increment(ids);
    assert.deepEqual([counters.valueOf('a'), counters.valueOf('b'), counters.runs], [2, 2, 6]);
    const { aborted, reruns } = counters.usage.report();
    assert.deepEqual([aborted, reruns], [{ counters: { forcedRerun: 3 } }, 3]);
    assert.deepEqual(counters.openWork, { transactions: 0, locks: 0, lockWaits: 0 });
    await counters.incrementOutside(['a']);
    assert.equal(counters.valueOf('a'), 3);
    counters.close();
  });

  it('comes beside those of contention: all sums are right', async () => {
    const counters = new Counters({ reruns: new RerunPlan({ seed: 1, rerunShare: 1 }) });
    await Promise.all(Array.from({ length: 10 }, () => counters.increment(['a', 'b'])));
    assert.deepEqual([counters.valueOf('a'), counters.valueOf('b')], [10, 10]);
    assert.equal(counters.usage.report().aborted['counters']?.['forcedRerun'], 10);
    counters.close();
  });
});
