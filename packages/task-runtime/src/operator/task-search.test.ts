import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Firestore } from '@google-cloud/firestore';
import { MovableClock } from '@waybill/emulator-kit';
import { type FirestoreEmulator, startFirestoreEmulator } from '@waybill/firestore-emulator';
import { toTaskDocument } from '../ledger/task-document.ts';
import { newTaskRecord, type TaskRecord } from '../ledger/task-record.ts';
import { cursorBefore, type TaskFilter, TaskSearch } from './task-search.ts';

const TASKS = 1_000;
const SIZE = 25;
const STATES = ['pending', 'running', 'succeeded', 'dead', 'cancelled'] as const;

describe('TaskSearch', function () {
  this.timeout(30_000);
  const clock = new MovableClock();
  const startMs = clock.nowMs() - 3_600_000;
  let emulator: FirestoreEmulator;
  let firestore: Firestore;
  let search: TaskSearch;
  const records = new Map<string, TaskRecord>();

  before(async () => {
    emulator = await startFirestoreEmulator({
      port: 0,
      clock,
      indexes: join(import.meta.dirname, '../../../../firestore.indexes.json'),
    });
    firestore = new Firestore({ projectId: 'search', host: `127.0.0.1:${emulator.port}`, ssl: false });
    search = new TaskSearch(firestore, { timeoutMs: 10_000 });
    for (let index = 0; index < TASKS; index += 1) records.set(idOf(index), recordOf(index));
    const entries = [...records];
    for (let from = 0; from < entries.length; from += 250) {
      const batch = firestore.batch();
      for (const [taskId, record] of entries.slice(from, from + 250)) {
        batch.set(firestore.doc(`tasks/${taskId}`), toTaskDocument(record));
      }
      await batch.commit();
    }
  });
  after(async () => {
    await firestore.terminate();
    await emulator.close();
  });

  const idOf = (index: number): string => `${((index * 7919) % TASKS).toString(16).padStart(4, '0')}${index}`;

  function recordOf(index: number): TaskRecord {
    const state = STATES[index % STATES.length] ?? 'pending';
    const open = state === 'pending' || state === 'running';
    const record = newTaskRecord(
      {
        taskId: idOf(index),
        contract: {
          name: index % 3 === 0 ? 'fold-letter' : 'send-letter',
          version: 1,
          schemaHash: '',
          queue: index % 2 === 0 ? 'letters' : 'parcels',
        },
        payload: { text: 'x'.repeat(1_000) },
        subject: `letters/${Math.floor(index / 10)}`,
        route: { service: index % 5 === 0 ? 'billing' : 'worker', version: null },
        generation: 0,
        notBeforeMs: null,
        traceparent: null,
        parent: null,
        commitId: '',
      },
      // Three of each moment: pages must end and begin within one.
      startMs + Math.floor(index / 3) * 1_000,
      startMs + index * 10_000,
    );
    return {
      ...record,
      state,
      dueAtMs: open ? record.dueAtMs : null,
      failedAtMs: state === 'dead' ? record.createdAtMs + 60_000 : null,
      ...(state === 'succeeded' && index % 3 === 0 && { outcome: 'torn' }),
      // Those that are delivered tomorrow have not been tried.
      notBeforeMs: index % 4 === 1 ? clock.nowMs() + 86_400_000 : null,
      error: index % 4 === 0 ? { code: 'X', message: '', atMs: record.createdAtMs + 1 } : null,
    };
  }

  /** All pages of a list; each must cost what it may. */
  async function all(filter: TaskFilter): Promise<{ ids: string[]; pages: number }> {
    const ids: string[] = [];
    let pages = 0;
    let cursor: string | undefined;
    do {
      emulator.resetUsage();
      const page = await search.page(filter, { size: SIZE, cursor });
      const { documentReads, calls } = emulator.usage();
      assert.ok(documentReads <= SIZE + 1, `${documentReads} reads for a page of ${SIZE}`);
      assert.deepEqual(Object.values(calls), [1]);
      ids.push(...page.tasks.map(({ taskId }) => taskId));
      cursor = page.next;
      pages += 1;
    } while (cursor !== undefined);
    return { ids, pages };
  }

  const wanted = (
    fits: (record: TaskRecord) => boolean,
    timeOf: (record: TaskRecord) => number | null,
    sign: 1 | -1,
  ): string[] =>
    [...records]
      .filter(([, record]) => fits(record))
      .sort(([a, one], [b, other]) => sign * ((timeOf(one) ?? 0) - (timeOf(other) ?? 0) || (a < b ? -1 : 1)))
      .map(([taskId]) => taskId);

  const created = (record: TaskRecord): number => record.createdAtMs;
  const cases: [string, TaskFilter, () => string[]][] = [
    ['all tasks, the newest first', {}, () => wanted(() => true, created, -1)],
    ['a state', { state: 'succeeded' }, () => wanted(({ state }) => state === 'succeeded', created, -1)],
    [
      'a contract',
      { contract: 'fold-letter' },
      () => wanted(({ contract }) => contract === 'fold-letter', created, -1),
    ],
    [
      'a contract in a state',
      { contract: 'send-letter', state: 'running' },
      () => wanted(({ contract, state }) => contract === 'send-letter' && state === 'running', created, -1),
    ],
    [
      'dead letters by their death',
      { state: 'dead' },
      () =>
        wanted(
          ({ state }) => state === 'dead',
          ({ failedAtMs }) => failedAtMs,
          -1,
        ),
    ],
    [
      'dead letters of a contract',
      { state: 'dead', contract: 'fold-letter' },
      () =>
        wanted(
          ({ state, contract }) => state === 'dead' && contract === 'fold-letter',
          ({ failedAtMs }) => failedAtMs,
          -1,
        ),
    ],
    [
      'what is open in a queue, first what is due first',
      { queue: 'letters' },
      () =>
        wanted(
          ({ queue, state }) => queue === 'letters' && (state === 'pending' || state === 'running'),
          ({ dueAtMs }) => dueAtMs,
          1,
        ),
    ],
    [
      'what is open in a service, first what is due first',
      { service: 'billing' },
      () =>
        wanted(
          ({ route, dueAtMs }) => route.service === 'billing' && dueAtMs !== null,
          ({ dueAtMs }) => dueAtMs,
          1,
        ),
    ],
    [
      'a subject, oldest first',
      { subject: 'letters/7' },
      () => wanted(({ subject }) => subject === 'letters/7', created, 1),
    ],
    [
      'what is overdue',
      { overdue: true },
      () =>
        wanted(
          ({ dueAtMs }) => dueAtMs !== null && dueAtMs <= clock.nowMs(),
          ({ dueAtMs }) => dueAtMs,
          1,
        ),
    ],
    [
      'what ended with an outcome',
      { outcome: 'torn' },
      () => wanted(({ outcome }) => outcome === 'torn', created, -1),
    ],
    [
      'what fails, the latest error first',
      { failing: true },
      () =>
        wanted(
          ({ state, error }) => state === 'pending' && error !== null,
          ({ error }) => error?.atMs ?? 0,
          -1,
        ),
    ],
  ];
  for (const [what, filter, expected] of cases) {
    it(`gives ${what}, each once, a page for at most one read more than it holds`, async () => {
      const { ids, pages } = await all(filter);
      assert.ok(ids.length > 0);
      assert.deepEqual(ids, expected());
      assert.equal(pages, Math.ceil(ids.length / SIZE));
    });
  }

  it('leaves out what may be long', async () => {
    const { tasks } = await search.page({}, { size: 1 });
    assert.ok(!JSON.stringify(tasks).includes('xxx'));
  });

  it('begins with the dead letters of a moment', async () => {
    const untilMs = startMs + 160_000;
    const { tasks } = await search.page({ state: 'dead' }, { size: 1, cursor: cursorBefore(untilMs) });
    assert.ok((tasks[0]?.failedAtMs ?? 0) > untilMs - 5_000);
    assert.ok((tasks[0]?.failedAtMs ?? 0) <= untilMs);
  });

  it('refuses filters that have no index, saying why', async () => {
    for (const [filter, message] of [
      [{ queue: 'letters', contract: 'fold-letter' }, /choose a queue or a contract/],
      [{ queue: 'letters', state: 'dead' }, /pending or running, not dead/],
      [{ overdue: true, queue: 'letters' }, /overdue tasks are listed alone, for all queues/],
      [{ failing: true, overdue: true }, /failing tasks are listed alone/],
      [{ failing: true, state: 'dead' }, /failing tasks are listed alone/],
      [{ failing: true, outcome: 'torn' }, /failing tasks are listed alone/],
      [{ outcome: 'torn', queue: 'letters' }, /choose a queue or an outcome/],
      [{ outcome: 'torn', state: 'dead' }, /succeeded, not dead/],
      [{ service: 'billing', state: 'dead' }, /while they are open: choose a service or a state/],
      [{ service: 'billing', contract: 'fold-letter' }, /choose a service or a contract/],
      [{ service: 'billing', queue: 'letters' }, /choose a queue or a service/],
      [{ service: 'billing', outcome: 'torn' }, /choose a service or an outcome/],
    ] as const) {
      await assert.rejects(search.page(filter, { size: 5 }), { code: 'TASK_FILTER', message });
    }
  });

  it('refuses a cursor that it did not give', async () => {
    const forged = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const cursor of [
      '',
      '…',
      forged(7),
      forged([1, '../x']),
      forged(['1', 'a']),
      forged([1.5, 'a']),
      // Whole numbers, but no times of Firestore's.
      forged([253_402_300_800_000, 'a']),
      forged([-1, 'a']),
    ]) {
      await assert.rejects(search.page({}, { size: 5, cursor }), { code: 'TASK_FILTER' });
    }
  });

  it('finds no task by a text that can be no id', async () => {
    for (const taskId of ['', '.', '..', 'a/b', '__x__', 'x'.repeat(501)]) {
      assert.equal(await search.inspect(taskId), undefined);
    }
    assert.equal((await search.inspect(idOf(5)))?.record.subject, 'letters/0');
  });

  it('counts, for one read each', async () => {
    const ofQueue = [...records.values()].filter(({ queue }) => queue === 'parcels');
    emulator.resetUsage();
    const load = await search.queueLoad('parcels', clock.nowMs());
    assert.ok(emulator.usage().documentReads <= 5);
    assert.equal(load.waiting, ofQueue.filter(({ state }) => state === 'pending').length);
    assert.equal(load.running, ofQueue.filter(({ state }) => state === 'running').length);
    const dueNow = ofQueue.filter(({ state, notBeforeMs }) => state === 'pending' && notBeforeMs === null);
    assert.ok(dueNow.length > 0 && dueNow.length < load.waiting);
    assert.equal(load.dueNow, dueNow.length);
    const failing = [...records.values()].filter(({ state, error }) => state === 'pending' && error !== null);
    assert.equal(await search.countFailing(), failing.length);
    assert.equal(await search.countInState('running'), TASKS / 5);
    const dues = ofQueue.flatMap(({ dueAtMs }) => (dueAtMs === null ? [] : [dueAtMs]));
    assert.equal(load.oldestOverdueAtMs, Math.min(...dues));
    assert.equal(await search.countDead(), TASKS / 5);
    assert.equal(await search.countOfVersion('fold-letter', 1, 'dead'), 67);
    assert.equal(await search.countEnqueued({ sinceMs: startMs, untilMs: startMs + 10_000 }), 30);
    assert.equal(await search.countDead({ contract: 'nothing' }), 0);
    const torn = [...records.values()].filter(({ outcome }) => outcome === 'torn');
    assert.ok(torn.length > 0);
    const ofFolding = torn.filter(({ contract }) => contract === 'fold-letter');
    assert.equal(await search.countWithOutcome('fold-letter', 'torn'), ofFolding.length);
    assert.equal(await search.countWithOutcome('fold-letter', 'burnt'), 0);
    const overdue = [...records.values()].filter(
      ({ dueAtMs }) => dueAtMs !== null && dueAtMs < startMs + 500_000,
    );
    assert.equal(await search.countOverdue(startMs + 500_000), overdue.length);
  });
});
