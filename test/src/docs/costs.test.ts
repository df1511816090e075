import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineContract } from '@waybill/contract-kit';
import { createLogger } from '@waybill/service-kit';
import {
  defineHandler,
  PermanentError,
  type StepOptions,
  type SweepReport,
  type TaskContext,
} from '@waybill/task-runtime';
import { sweep } from '@waybill/task-runtime/internal';
import { startTaskTestBed, type TaskTestBed } from '@waybill/task-testing';
import { type Cost, CostMeter } from '../support/cost-meter.ts';
import { rootDir } from '../support/flow-stack.ts';

const HOUR_MS = 3_600_000;

const weigh = defineContract({
  name: 'weigh',
  version: 1,
  description: 'Does what the test says.',
  queue: 'scales',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['number'],
    properties: { number: { type: 'integer' } },
  },
  example: { number: 1 },
});

/** The table of docs/costs.md, by the text of its first column. */
function documentedCosts(): Map<string, Cost> {
  const lines = readFileSync(join(rootDir, 'docs/costs.md'), 'utf8').matchAll(
    /^\| ([^|]+?) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$/gm,
  );
  return new Map(
    [...lines].map(([, what = '', reads, writes, firestoreCalls, cloudTasksCalls]) => [
      what,
      {
        reads: Number(reads),
        writes: Number(writes),
        firestoreCalls: Number(firestoreCalls),
        cloudTasksCalls: Number(cloudTasksCalls),
      },
    ]),
  );
}

function minus(cost: Cost, part: Cost): Cost {
  return {
    reads: cost.reads - part.reads,
    writes: cost.writes - part.writes,
    firestoreCalls: cost.firestoreCalls - part.firestoreCalls,
    cloudTasksCalls: cost.cloudTasksCalls - part.cloudTasksCalls,
  };
}

describe('docs/costs.md', function () {
  this.timeout(60_000);
  const documented = documentedCosts();
  const measured = new Set<string>();
  let bed: TaskTestBed;
  let meter: CostMeter;
  let handle: (context: TaskContext) => Promise<void>;
  let number = 0;
  /** Of a producer's own reads and writes, and of an immediate task without steps, all in all. */
  let producer: Cost;
  let immediate: Cost;
  /** Of what a task with steps has beside each of these. */
  let claim: Cost;

  before(async () => {
    meter = new CostMeter();
    bed = await startTaskTestBed({
      handlers: [defineHandler(weigh, { handle: (_payload, context) => handle(context) })],
    });
    handle = async () => {};
    // Connections, and whatever a client does but once.
    await enqueue();
    await bed.whenIdle();
    const thing = bed.firestore.doc('things/thing');
    producer = await meter.costOf(() =>
      bed.firestore.runTransaction(async (transaction) => {
        await transaction.get(thing);
        transaction.set(thing, { number });
      }),
    );
    immediate = minus(await costOfTask(), producer);
    const [one, two] = [await costOfSteps(1), await costOfSteps(2)];
    claim = minus(minus(minus(one, minus(two, one)), producer), immediate);
  });

  after(async () => {
    await bed.close();
    meter.remove();
  });

  beforeEach(() => {
    handle = async () => {};
  });

  /** A producer's own transaction: it reads a document and writes it. */
  async function produce(
    enqueue: (transaction: Parameters<Parameters<typeof bed.client.transaction>[0]>[0]) => void,
  ): Promise<void> {
    const reference = bed.firestore.doc('things/thing');
    await bed.client.transaction(async (transaction) => {
      await transaction.get(reference);
      transaction.set(reference, { number });
      enqueue(transaction);
    });
  }

  async function enqueue(options: { delaySeconds?: number; dedupeKey?: string } = {}): Promise<string> {
    number += 1;
    let taskId = '';
    await produce((transaction) => {
      ({ taskId } = transaction.enqueue(weigh, { number }, { subject: 'things/thing', ...options }));
    });
    return taskId;
  }

  /** From the producer's transaction to the end, the producer's own part included. */
  async function costOfTask(options: { delaySeconds?: number } = {}): Promise<Cost> {
    return meter.costOf(async () => {
      await enqueue(options);
      await bed.whenIdle();
    });
  }

  /** Of a task with so many steps, all in all. */
  async function costOfSteps(count: number): Promise<Cost> {
    handle = async (context) => {
      const items = Array.from({ length: count }, (_none, index) => `${index + 1}`);
      await context.step.each(
        'step',
        items,
        (item) => item,
        async () => {},
      );
    };
    const cost = await costOfTask();
    handle = async () => {};
    return cost;
  }

  /** Sweeps in a minute in which this shard comes first: its dead letters and services are looked at. */
  async function sweepFrom(shard: number): Promise<SweepReport> {
    return sweep({
      runtime: bed.runtime,
      service: 'worker',
      onDead: async () => {},
      logger: createLogger({ service: 'sweep', version: 'v1', destination: { write: () => {} } }),
      nowMs: () => shard * 60_000,
    });
  }

  /** Holds a cost to its line in the document. */
  function check(what: string, cost: Cost): void {
    measured.add(what);
    assert.deepEqual(cost, documented.get(what), `"${what}" costs ${JSON.stringify(cost)}`);
  }

  it('tells what an immediate task costs', () => {
    check('an immediate task without steps', immediate);
  });

  it('keeps to two writes, one read and one createTask', () => {
    assert.ok(immediate.writes <= 2 && immediate.reads <= 1 && immediate.cloudTasksCalls <= 1);
  });

  it('tells what a written claim costs', () => {
    check('the claim of a task with steps, or that takes longer than a second', claim);
  });

  it('tells what a producer’s commit costs that makes no task', async () => {
    const marked = await meter.costOf(() => produce(() => {}));
    check('a producer’s commit that makes no task', minus(marked, producer));
  });

  it('tells what a dedupe key costs', async () => {
    const cost = await meter.costOf(async () => {
      await enqueue({ dedupeKey: `key-${number}` });
      await bed.whenIdle();
    });
    check('a dedupe key', minus(minus(cost, producer), immediate));
  });

  it('tells what a delay costs', async () => {
    const cost = await meter.costOf(async () => {
      await enqueue({ delaySeconds: 3_600 });
      bed.advance(HOUR_MS);
      await bed.whenIdle();
    });
    check('a delay', minus(minus(cost, producer), immediate));
  });

  it('tells what a retry costs', async () => {
    let failures = 1;
    handle = async () => {
      failures -= 1;
      if (failures >= 0) throw new Error('not yet');
    };
    const cost = await meter.costOf(async () => {
      await enqueue();
      await bed.whenIdle();
      bed.advance(1_000);
      await bed.whenIdle();
    });
    check('a failed attempt that is retried', minus(minus(cost, producer), immediate));
  });

  it('tells what a delivery costs that comes after the task is done', async () => {
    const taskId = await enqueue();
    await bed.whenIdle();
    const cost = await meter.costOf(async () => {
      assert.equal((await bed.deliver(taskId)).status, 200);
    });
    // The test bed looks the task up to deliver it.
    check('a delivery after the task is done', minus(cost, LOOK_UP));
  });

  it('tells what a delivery costs that comes while the task is done', async () => {
    const running = Promise.withResolvers<string>();
    const go = Promise.withResolvers<void>();
    handle = (context) =>
      context.step('wait', async () => {
        running.resolve(context.taskId);
        await go.promise;
      });
    await enqueue();
    const taskId = await running.promise;
    const cost = await meter.costOf(async () => {
      assert.equal((await bed.deliver(taskId)).status, 409);
    });
    go.resolve();
    await bed.whenIdle();
    check('a delivery while another runs', minus(cost, LOOK_UP));
  });

  it('tells what a step costs, by what its provider can do', async () => {
    const kinds: readonly [what: string, options: StepOptions<string>][] = [
      ['a step whose provider recognises its key', {}],
      ['a step whose provider can be asked', { lookup: async () => undefined }],
      ['a step that is made at most once', { atMostOnce: true }],
    ];
    for (const [what, options] of kinds) {
      handle = async (context) => {
        await context.step('call', async () => 'done', options);
      };
      const step = minus(minus(minus(await costOfTask(), producer), immediate), claim);
      check(what, step);
      assert.ok(step.writes <= 2);
    }
  });

  it('tells what a sweep costs, idle and with something to do', async () => {
    await bed.sweep();
    // A day of other tests' records is no part of it: all of them are at their end.
    const idle = await meter.costOf(() => bed.sweep());
    check('a sweep with nothing to do', idle);

    const taskId = await enqueue({ delaySeconds: 3_600 });
    bed.advance(HOUR_MS);
    await bed.whenIdle();
    assert.equal((await bed.record(taskId)).state, 'succeeded');

    const queue = bed.cloudTasks.queuePath(bed.queueLocation.project, bed.queueLocation.location, 'scales');
    await bed.cloudTasks.pauseQueue({ name: queue });
    const { shard: overdueIn } = await bed.record(await enqueue());
    bed.advance(61_000);
    // In the shard that a sweep begins with, it asks for neglected services too: a read for each that has open tasks there.
    const beyond = (): Promise<SweepReport> => sweepFrom(overdueIn + 1);
    const kept = await meter.costOf(async () => assert.equal((await beyond()).checked, 1));
    check('an overdue task that Cloud Tasks has', minus(kept, idle));

    const [[task]] = await bed.cloudTasks.listTasks({ parent: queue });
    await bed.cloudTasks.deleteTask({ name: task?.name ?? '' });
    bed.advance(HOUR_MS);
    const lost = await meter.costOf(async () => assert.equal((await beyond()).sent, 1));
    check('an overdue task that was lost', minus(lost, idle));
    await bed.cloudTasks.resumeQueue({ name: queue });
    await bed.whenIdle();

    handle = async () => {
      throw new PermanentError('BROKEN', 'The scales are broken');
    };
    const letter = await enqueue();
    await bed.whenIdle();
    const { shard } = await bed.record(letter);
    bed.advance(61 * 24 * HOUR_MS);
    const emptied = await meter.costOf(async () => assert.equal((await sweepFrom(shard)).erased, 1));
    check('a dead letter that is emptied after its period', minus(emptied, idle));
  });

  it('tells of nothing that is not counted here', () => {
    assert.deepEqual([...documented.keys()], [...measured]);
  });
});

/** What the test bed's look at a record costs. */
const LOOK_UP: Cost = { reads: 1, writes: 0, firestoreCalls: 1, cloudTasksCalls: 0 };
