import assert from 'node:assert/strict';
import { Timestamp } from '@google-cloud/firestore';
import sinon from 'sinon';
import { isIndexed, readIndexes, type SentQuery } from './composite-indexes.ts';
import { type ConsoleTestBed, startConsoleTestBed } from './console-test-bed.ts';

/** 100,000 in the browser suite, which sets this: they take a while. */
const TASKS = Number(process.env['CONSOLE_TEST_TASKS'] ?? 1_200);
const PAGE_SIZE = 25;
const STATES = ['pending', 'running', 'succeeded', 'dead', 'cancelled', 'discarded'];
const CONTRACTS = ['fold-letter', 'fold-letter', 'seal-letter'];

interface RequestStream {
  requestStream(method: string, ...rest: unknown[]): unknown;
}

describe(`the console over ${TASKS} tasks`, function () {
  this.timeout(600_000);
  let bed: ConsoleTestBed;
  let requests: sinon.SinonSpy;

  before(async () => {
    // Reads are counted here, and not timed: the emulator makes an index at the first query that asks for it.
    bed = await startConsoleTestBed({ storeTimeoutMs: 60_000 });
    await fill();
    await Promise.all(Array.from({ length: 60 }, (_, index) => act(index)));
    requests = sinon.spy(bed.tasks.firestore as unknown as RequestStream, 'requestStream');
  });
  after(async () => {
    sinon.restore();
    await bed?.close();
  });

  /** As a task's own: 32 hexadecimal digits, spread. */
  const idOf = (index: number): string =>
    `${((index * 7_919) % TASKS).toString(16).padStart(6, '0')}${String(index).padStart(26, '0')}`;

  /** Copies a real record, so that these are as long as such records are. */
  async function fill(): Promise<void> {
    const { firestore } = bed.tasks;
    const sample = (await firestore.doc(`tasks/${await bed.letter()}`).get()).data();
    assert.ok(sample);
    const nowMs = Date.now();
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < TASKS) {
        const batch = firestore.batch();
        const until = Math.min(next + 500, TASKS);
        for (; next < until; next += 1)
          batch.set(firestore.doc(`tasks/${idOf(next)}`), recordOf(sample, next, nowMs));
        await batch.commit();
      }
    };
    await Promise.all([lane(), lane(), lane(), lane()]);
  }

  function recordOf(sample: FirebaseFirestore.DocumentData, index: number, nowMs: number): object {
    const state = STATES[index % STATES.length];
    // Over the last two hours, and each third open one overdue.
    const createdAt = Timestamp.fromMillis(nowMs - Math.floor((index / TASKS) * 7_200_000));
    const dueAt = Timestamp.fromMillis(nowMs + (index % 3 === 0 ? -60_000 : 3_600_000));
    const { failedAt: _failedAt, ...rest } = sample;
    return {
      ...rest,
      state,
      contract: CONTRACTS[Math.floor(index / STATES.length) % CONTRACTS.length],
      subject: `letters/${Math.floor(index / 40)}`,
      shard: index % 16,
      createdAt,
      ...((state === 'pending' || state === 'running') && { dueAt }),
      ...(state === 'dead' && { failedAt: createdAt }),
      error:
        state === 'pending' || state === 'dead'
          ? { code: 'X', message: '', atMs: createdAt.toMillis() }
          : null,
    };
  }

  async function act(index: number): Promise<void> {
    const action = {
      by: 'ada@example.com',
      action: 'replay',
      target: `tasks/${idOf(index)}`,
      why: '',
      outcome: 'done',
    };
    await bed.tasks.firestore
      .collection('operatorActions')
      .add({ ...action, at: Timestamp.fromMillis(index) });
  }

  /** What the emulator counts; its control routes are on the port that its clients use. */
  async function reads(work: () => Promise<void>): Promise<number> {
    const usage = `http://127.0.0.1:${bed.tasks.link.port}/emulator/usage`;
    await (await fetch(`${usage}:reset`, { method: 'POST' })).json();
    await work();
    const { documentReads } = (await (await fetch(usage)).json()) as { documentReads: number };
    return documentReads;
  }

  const lists: [string, { pages?: number; rows?: number }][] = [
    ['/tasks', {}],
    ...STATES.map((state): [string, object] => [`/tasks?state=${state}`, {}]),
    ['/tasks?contract=fold-letter', {}],
    ...STATES.map((state): [string, object] => [`/tasks?contract=seal-letter&state=${state}`, {}]),
    ['/tasks?queue=letters', {}],
    ['/tasks?queue=letters&state=pending', {}],
    ['/tasks?queue=letters&state=running', {}],
    ['/tasks?service=worker', {}],
    ['/tasks?overdue=1', {}],
    ['/tasks?failing=1', {}],
    // A subject's tasks are few; the rest of the filter is applied to a page of them.
    ['/tasks?subject=letters/3', { pages: 2 }],
    ['/tasks?subject=letters/3&state=dead', { pages: 2, rows: 1 }],
    ['/tasks?contract=nothing-such', { pages: 1, rows: 0 }],
    ['/dead-letters', {}],
    ['/dead-letters?contract=fold-letter', {}],
    ['/actions', {}],
  ];
  for (const [first, { pages = 3, rows = PAGE_SIZE }] of lists) {
    it(`lists ${first} for at most one read more than a page has, page by page`, async () => {
      let path: string | undefined = first;
      for (let page = 1; page <= pages; page += 1) {
        assert.ok(path, `there is a page ${page}`);
        let text = '';
        const cost = await reads(async () => {
          const response = await bed.get(path ?? '');
          assert.equal(response.status, 200);
          ({ text } = response);
        });
        assert.ok(cost <= PAGE_SIZE + 1, `page ${page} cost ${cost} reads`);
        const shown = [...text.matchAll(/<th role="rowheader"/g)].length;
        if (page < pages) assert.ok(shown >= rows, `${shown} rows on page ${page}`);
        path = /<a rel="next" href="([^"]+)"/.exec(text)?.[1]?.replaceAll('&amp;', '&');
      }
    });
  }

  it('lists for programs at the same cost', async () => {
    let path = '/api/tasks?state=dead';
    for (let page = 1; page <= 3; page += 1) {
      const cost = await reads(async () => {
        const { tasks, next } = JSON.parse((await bed.get(path)).text);
        assert.equal(tasks.length, PAGE_SIZE);
        path = `/api/tasks?state=dead&cursor=${next}`;
      });
      assert.ok(cost <= PAGE_SIZE + 1, `${cost} reads`);
    }
  });

  for (const [what, text, maxReads] of [
    ['a task by its id', idOf(7), 1],
    ['a task by its name in Cloud Tasks', `${idOf(7)}-g0`, 2],
    ['tasks by what they are about', 'letters/3', 2],
    // Of each queue there may be one of that name.
    ['nothing', 'ffff', 4],
  ] as const) {
    it(`finds ${what} for ${maxReads} reads at most`, async () => {
      const { token } = await bed.get('/nothing-here');
      const cost = await reads(async () => {
        const { status } = await bed.post('/search', { id: text }, { token });
        assert.equal(status, what === 'nothing' ? 404 : 303);
      });
      assert.ok(cost <= maxReads, `${cost} reads`);
    });
  }

  it('shows how everything stands for some dozen reads, and one for a thousand tasks that it counts', async () => {
    const queues = 1;
    const contracts = 1;
    const cost = await reads(async () => {
      const { status, text } = await bed.get('/');
      assert.equal(status, 200);
      assert.match(text, new RegExp(`<strong>${Math.ceil(TASKS / STATES.length)}</strong> <span>running`));
    });
    const fewest = 28 + 5 * queues + 2 * contracts;
    // A third is open, a sixth fails, a sixth is dead and counted by its contract too, half came in the last hour.
    const maxReads = fewest + Math.ceil((TASKS / 1_000) * (1 / 3 + 1 / 6 + 2 / 6 + 1 / 2 + 1 / 3));
    assert.ok(cost >= fewest && cost <= maxReads, `${cost} reads, not ${fewest} to ${maxReads}`);
  });

  it('counts what is in flight of a contract for one read in a thousand tasks', async () => {
    const cost = await reads(async () => {
      assert.equal((await bed.get('/contracts')).status, 200);
    });
    // Each task is counted with its contract, and with all of its state.
    assert.ok(cost <= 6 + (2 * TASKS) / 1_000, `${cost} reads`);
  });

  it('asks for nothing that has no index', async () => {
    assert.equal((await bed.get('/queues')).status, 200);
    assert.equal((await bed.get('/dead-letters/replay?all=1&contract=fold-letter')).status, 200);
    const indexes = readIndexes('tasks');
    let looked = 0;
    for (const [method, , request] of requests.args as [string, boolean, Record<string, unknown>][]) {
      if (method !== 'runQuery' && method !== 'runAggregationQuery') continue;
      const { structuredQuery, structuredAggregationQuery } = request as {
        structuredQuery?: SentQuery & { from: [{ collectionId: string }] };
        structuredAggregationQuery?: { structuredQuery: SentQuery & { from: [{ collectionId: string }] } };
      };
      const query = structuredAggregationQuery?.structuredQuery ?? structuredQuery;
      assert.ok(query);
      if (query.from[0].collectionId !== 'tasks') continue;
      looked += 1;
      assert.ok(isIndexed(query, indexes), JSON.stringify(query, undefined, 1));
    }
    assert.ok(looked > 50, `${looked} queries`);
  });
});
