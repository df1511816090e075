import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Timestamp } from '@google-cloud/firestore';
import { defineContract } from '@waybill/contract-kit';
import { defineHandler, type TaskContext } from '@waybill/task-runtime';
import { toTaskDocument } from '@waybill/task-runtime/internal';
import { TaskOperator, type TaskRecord } from '@waybill/task-runtime/operator';
import { startTaskTestBed, type TaskTestBed } from '../../../src/bed/start-task-test-bed.ts';
import { aboutALetter } from '../letters.ts';

/** Records as the last version before the lazy claim wrote them, made by its own transitions. Never made anew. */
const fixtures = JSON.parse(
  readFileSync(join(import.meta.dirname, '../records/records-of-0.1.json'), 'utf8'),
) as { nowMs: number; tasks: Record<string, { taskId: string; record: TaskRecord }> };

const foldLetter = defineContract({
  name: 'fold-letter',
  description: 'Folds a letter.',
  limits: { maxAttempts: 3, maxAgeSeconds: 3_600 },
  outcomes: ['torn'],
  ...aboutALetter,
});

/** The end of each old task, once this version's workers and sweep have had it for a day. */
const ENDS: Readonly<Record<string, readonly [state: string, calls: number, attempts: number]>> = {
  pending: ['succeeded', 1, 1],
  running: ['succeeded', 1, 2],
  'running, with a step': ['succeeded', 0, 2],
  'running, with a step refused': ['succeeded', 1, 2],
  'pending, after a failure': ['succeeded', 1, 2],
  'pending, to be retried later': ['succeeded', 1, 2],
  'pending, handed back': ['succeeded', 1, 1],
  'pending, sent again': ['succeeded', 1, 1],
  succeeded: ['succeeded', 0, 1],
  dead: ['dead', 0, 1],
  'dead, its outcome unknown': ['dead', 0, 1],
  'pending, replayed': ['succeeded', 1, 1],
  cancelled: ['cancelled', 0, 0],
  discarded: ['discarded', 0, 1],
  erased: ['discarded', 0, 1],
  adopted: ['succeeded', 1, 1],
  'adopted under a name of the ledger’s own': ['succeeded', 0, 1],
};

describe('records of an older worker', () => {
  let bed: TaskTestBed;
  const calls = new Map<string, string[]>();
  let handle: (context: TaskContext<'torn'>) => Promise<void>;

  const pressOnce = async (context: TaskContext<'torn'>): Promise<void> => {
    await context.step('press', async (key) => {
      calls.set(context.taskId, [...(calls.get(context.taskId) ?? []), key]);
      return 'pressed';
    });
    await context.finish(async () => {});
  };

  before(async () => {
    bed = await startTaskTestBed({
      handlers: [defineHandler(foldLetter, { handle: (_payload, context) => handle(context) })],
    });
  });
  after(() => bed.close());
  beforeEach(() => {
    handle = pressOnce;
    calls.clear();
  });

  /** Stores a fixture with its times moved to the bed's clock. */
  const store = async (what: string): Promise<string> => {
    const fixture = fixtures.tasks[what];
    assert.ok(fixture, what);
    const shiftMs = bed.clock.nowMs() - fixtures.nowMs;
    const shifted = JSON.parse(JSON.stringify(fixture.record), (name, value: unknown) =>
      /Ms$/.test(name) && typeof value === 'number' ? value + shiftMs : value,
    ) as TaskRecord;
    await bed.firestore.doc(`tasks/${fixture.taskId}`).set(toTaskDocument(shifted));
    return fixture.taskId;
  };

  it('has an end listed for each', () => assert.deepEqual(Object.keys(ENDS), Object.keys(fixtures.tasks)));

  for (const [what, [state, expectedCalls, attempts]] of Object.entries(ENDS)) {
    it(`(${what}) are done by this one, each call once`, async () => {
      const taskId = await store(what);
      bed.advance(130_000);
      await bed.sweep();
      await bed.whenSettled();
      const record = await bed.record(taskId);
      assert.deepEqual([record.state, record.attempts], [state, attempts]);
      const keys = calls.get(taskId) ?? [];
      assert.equal(keys.length, expectedCalls);
      if (what === 'running, with a step refused') assert.equal(keys[0], `${taskId}:press:2`);
      await bed.firestore.doc(`tasks/${taskId}`).delete();
    });
  }

  it('are replayed by this one’s operator, with the verdict of a person where a call may have happened', async () => {
    const operator = new TaskOperator(bed.runtime);
    const actor = { by: 'ada', why: 'a test' };
    const dead = await store('dead');
    await operator.replay(dead, actor);
    const unknown = await store('dead, its outcome unknown');
    await assert.rejects(operator.replay(unknown, actor), { code: 'VERDICT_NEEDED' });
    await operator.replay(unknown, actor, { verdict: 'happened' });
    await bed.whenSettled();
    for (const taskId of [dead, unknown]) assert.equal((await bed.record(taskId)).state, 'succeeded');
    assert.deepEqual([calls.get(dead)?.length, calls.get(unknown)?.length], [1, undefined]);
  });

  it('have no field, state or event less than those of this one, whose further fields are optional', async () => {
    const old = formOf(Object.values(fixtures.tasks).map(({ record }) => toTaskDocument(record)));
    const present = formOf(await newDocuments());
    for (const name of old.always) assert.ok(present.always.has(name), `an older worker needs ${name}`);
    for (const [name, types] of present.types) {
      if (name === 'outcome') continue;
      const unknown = [...types].filter((type) => old.types.get(name)?.has(type) !== true);
      assert.deepEqual(unknown, [], `an older worker knows no such ${name}`);
    }
    assert.deepEqual(
      [...present.events].filter((event) => !old.events.has(event)),
      [],
    );
    assert.deepEqual([...present.states].sort(), ['pending', 'succeeded']);
  });

  /** Records of this version, at each end that a first delivery and a retry may have. */
  async function newDocuments(): Promise<Record<string, unknown>[]> {
    const documents: Record<string, unknown>[] = [];
    const ends: readonly ((context: TaskContext<'torn'>) => Promise<void>)[] = [
      async () => {},
      (context) => context.finish(async () => {}, { outcome: 'torn' }),
      pressOnce,
      () => Promise.reject(new Error('the paper is wet')),
    ];
    for (const [end, retryCount] of ends.flatMap((each) => [[each, 0] as const, [each, 1] as const])) {
      handle = end;
      const { taskId } = await bed.client.transaction(async (transaction) =>
        transaction.enqueue(foldLetter, { letterId: 'a' }, { subject: 'letters/a', delaySeconds: 86_400 }),
      );
      await bed.deliver(taskId, { retryCount });
      const reference = bed.firestore.doc(`tasks/${taskId}`);
      documents.push((await reference.get()).data() ?? {});
      await reference.delete();
    }
    return documents;
  }
});

/** What documents have: the types of each field, the fields that all have, and the states and events in them. */
function formOf(documents: readonly Record<string, unknown>[]) {
  const types = new Map<string, Set<string>>();
  for (const [name, value] of documents.flatMap((document) => Object.entries(document))) {
    types.set(name, (types.get(name) ?? new Set()).add(typeOf(value)));
  }
  const isInAll = (name: string): boolean => documents.every((document) => Object.hasOwn(document, name));
  const histories = documents.flatMap(({ history }) => history as TaskRecord['history']);
  return {
    types,
    always: new Set([...types.keys()].filter(isInAll)),
    states: new Set(documents.map(({ state }) => state)),
    events: new Set(histories.map(({ event }) => event)),
  };
}

function typeOf(value: unknown): string {
  if (value instanceof Timestamp) return 'timestamp';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'list' : typeof value;
}
