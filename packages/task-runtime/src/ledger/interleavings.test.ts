import assert from 'node:assert/strict';
import { defineContract } from '@waybill/contract-kit';
import { pendingLetter } from './pending-letter.ts';
import type { TaskRecord } from './task-record.ts';
import { fail, finish, heartbeat } from './transitions/attempt.ts';
import { claim, claimLate, mayClaimLater } from './transitions/claim.ts';
import { LEASE_MS } from './transitions/due-times.ts';
import { overdue } from './transitions/overdue.ts';
import { isTerminal } from './transitions/task-state.ts';

/**
 * Two deliveries, a third whose process may freeze and wake up as a zombie, a sweep, a purge, crashes and the passing of time;
 * the first two may be first deliveries, whose claim is not written before their first step or their end:
 * every order in which they can happen is tried on the real transitions, and compared with a model that says in a few
 * lines what must hold. A Firestore transaction makes each transition one indivisible step, so the steps below are all
 * the points at which anything can come between.
 */

const contract = defineContract({
  name: 'fold-letter',
  version: 1,
  description: 'Folds a letter.',
  queue: 'letters',
  schema: { type: 'object', additionalProperties: false },
  example: {},
});
const LIMITS = { maxAttempts: 2, maxAgeSeconds: 86_400 };
const START_MS = 1_800_000_000_000;
/** How often time may jump past a lease and its grace; thrice lets all three attempts run out. */
const MAX_JUMPS = 3;
const JUMP_MS = 2 * LEASE_MS;

type Worker = 'one' | 'two' | 'zombie';
const WORKERS: readonly Worker[] = ['one', 'two', 'zombie'];

/**
 * Where a worker stands: not begun, running without a written claim, holding what it takes for its lease, done, or dead.
 */
type WorkerState = 'idle' | 'unclaimed' | 'holding' | 'ended' | 'crashed';

interface World {
  readonly record: TaskRecord;
  readonly nowMs: number;
  readonly jumps: number;
  readonly workers: Readonly<Record<Worker, WorkerState>>;
  /** The generations that Cloud Tasks holds a task of. */
  readonly held: readonly number[];
  /** What the sweep asked about, and what it was told, until it settles that. */
  readonly asked: Asked | null;
  readonly sweeps: number;
  /** When the queue was purged; at most once. */
  readonly purgedAtMs: number | null;
  /** Whether the contract's tasks survive that. */
  readonly survivesPurge: boolean;
  readonly model: Model;
}

interface Asked {
  readonly generation: number;
  readonly found: boolean;
  readonly purgedAtMs: number | null;
}

/** What must hold, said as simply as possible. */
interface Model {
  readonly effects: number;
  readonly compensations: number;
  readonly owner: Worker | null;
  readonly leaseUntilMs: number;
  readonly attempts: number;
  readonly sentAtMs: number;
  /** Whether an attempt was ever begun, or the task was sent again: later attempts must leave a trace first. */
  readonly isFresh: boolean;
}

function startOfWorld(survivesPurge: boolean): World {
  return {
    record: pendingLetter(contract, { createdAtMs: START_MS, dueAtMs: START_MS + LEASE_MS }),
    nowMs: START_MS,
    jumps: 0,
    workers: { one: 'idle', two: 'idle', zombie: 'idle' },
    held: [0],
    asked: null,
    sweeps: 0,
    purgedAtMs: null,
    survivesPurge,
    model: {
      effects: 0,
      compensations: 0,
      owner: null,
      leaseUntilMs: 0,
      attempts: 0,
      sentAtMs: START_MS,
      isFresh: true,
    },
  };
}

/** All that a worker can do or meet next, by name. */
function nextOfWorker(world: World, worker: Worker): [string, World][] {
  switch (world.workers[worker]) {
    case 'idle':
      return deliveriesTo(world, worker);
    case 'unclaimed':
      return [
        [`${worker} claims late`, claimsLate(world, worker)],
        [`${worker} finishes unclaimed`, finishes(claimsForEnd(world, worker), worker)],
        [`${worker} fails unclaimed`, fails(claimsForEnd(world, worker), worker, 'retryable')],
        [`${worker} crashes unclaimed`, become(world, worker, 'crashed')],
      ];
    case 'holding':
      return [
        [`${worker} finishes`, finishes(world, worker)],
        [`${worker} fails`, fails(world, worker, 'retryable')],
        [`${worker} gives up`, fails(world, worker, 'permanent')],
        [`${worker} crashes`, become(world, worker, 'crashed')],
        [`${worker} beats`, beats(world, worker)],
      ];
    default:
      return [];
  }
}

function deliveriesTo(world: World, worker: Worker): [string, World][] {
  // Of each generation that there ever was: a delivery may have been on its way for long.
  return Array.from({ length: world.record.generation + 1 }, (_, generation): [string, World] =>
    // The zombie's delivery is a retry. A retry of another is a first delivery that is claimed late at once.
    generation === 0 && worker !== 'zombie'
      ? [`${worker} gets the first delivery`, firstDelivered(world, worker)]
      : [`${worker} is delivered generation ${generation}`, delivered(world, worker, generation)],
  );
}

/** All that can happen next, by name. */
function next(world: World): [string, World][] {
  const steps = WORKERS.flatMap((worker) => nextOfWorker(world, worker));
  if (world.jumps < MAX_JUMPS) {
    steps.push(['time passes', { ...world, nowMs: world.nowMs + JUMP_MS, jumps: world.jumps + 1 }]);
  }
  if (
    world.asked === null &&
    world.sweeps < 2 &&
    (world.record.dueAtMs ?? Number.POSITIVE_INFINITY) <= world.nowMs
  ) {
    const { generation } = world.record;
    const asked = { generation, found: world.held.includes(generation), purgedAtMs: world.purgedAtMs };
    steps.push(['the sweep asks', { ...world, asked, sweeps: world.sweeps + 1 }]);
  }
  if (world.asked !== null) steps.push(['the sweep settles', settles(world, world.asked)]);
  for (const generation of world.held) {
    steps.push([
      `generation ${generation} is lost`,
      { ...world, held: world.held.filter((held) => held !== generation) },
    ]);
  }
  if (world.purgedAtMs === null && world.held.length > 0) {
    steps.push(['the queue is purged', { ...world, held: [], purgedAtMs: world.nowMs }]);
  }
  return steps;
}

function become(world: World, worker: Worker, state: WorkerState): World {
  return { ...world, workers: { ...world.workers, [worker]: state } };
}

/** The first delivery, without a claim if it may go on so: nothing is written. Else it is as any other. */
function firstDelivered(world: World, worker: Worker): World {
  const { record, model } = world;
  const isFresh = model.isFresh && model.effects + model.compensations === 0;
  assert.equal(mayClaimLater(record, 0), isFresh);
  return isFresh ? become(world, worker, 'unclaimed') : delivered(world, worker, 0);
}

/** Its first step, or a second that has passed. */
function claimsLate(world: World, worker: Worker): World {
  const claimed = claimsForEnd(world, worker);
  return become(claimed, worker, claimed.model.owner === worker ? 'holding' : 'ended');
}

/** The claim in the transaction of a step or an end, where the attempt can still have it; else the world as it was. */
function claimsForEnd(world: World, worker: Worker): World {
  const { record, nowMs, model } = world;
  const claimed = claimLate(record, { generation: 0, attemptId: worker }, nowMs);
  const isFresh = model.isFresh && model.effects + model.compensations === 0;
  assert.equal(claimed !== record, isFresh, 'only what nobody has begun is claimed late');
  if (!isFresh) return world;
  return {
    ...world,
    record: claimed,
    model: {
      ...model,
      owner: worker,
      leaseUntilMs: nowMs + LEASE_MS,
      attempts: model.attempts + 1,
      isFresh: false,
    },
  };
}

function delivered(world: World, worker: Worker, generation: number): World {
  const { record, nowMs, model } = world;
  const claimed = claim(record, { generation, attemptId: worker }, LIMITS, nowMs);
  const over = model.effects + model.compensations > 0;
  const free = model.owner === null || model.leaseUntilMs <= nowMs;
  const superseded = generation < record.generation;
  const expected =
    over || superseded ? 'drop' : !free ? 'wait' : model.attempts < LIMITS.maxAttempts ? 'run' : 'dead';
  assert.equal(claimed.outcome, expected);
  if (claimed.outcome === 'run') {
    return {
      ...become(world, worker, 'holding'),
      record: claimed.record,
      model: {
        ...model,
        owner: worker,
        leaseUntilMs: nowMs + LEASE_MS,
        attempts: model.attempts + 1,
        isFresh: false,
      },
    };
  }
  const ended = become(world, worker, 'ended');
  if (claimed.outcome !== 'dead') return ended;
  return {
    ...ended,
    record: claimed.record,
    model: { ...model, owner: null, compensations: model.compensations + 1 },
  };
}

function finishes(world: World, worker: Worker): World {
  const finished = finish(world.record, worker, [], world.nowMs);
  const { model } = world;
  assert.equal(finished.outcome, model.owner === worker ? 'succeeded' : 'lost');
  const ended = become(world, worker, 'ended');
  if (finished.outcome !== 'succeeded') return ended;
  return { ...ended, record: finished.record, model: { ...model, owner: null, effects: model.effects + 1 } };
}

function fails(world: World, worker: Worker, kind: 'retryable' | 'permanent'): World {
  const { model } = world;
  const failed = fail(world.record, worker, { kind, code: 'X', message: '' }, LIMITS, world.nowMs);
  const last = kind === 'permanent' || model.attempts >= LIMITS.maxAttempts;
  assert.equal(failed.outcome, model.owner !== worker ? 'lost' : last ? 'dead' : 'retry');
  const ended = become(world, worker, 'ended');
  if (failed.outcome !== 'retry' && failed.outcome !== 'dead') return ended;
  const compensations = model.compensations + (failed.outcome === 'dead' ? 1 : 0);
  return { ...ended, record: failed.record, model: { ...model, owner: null, compensations } };
}

function beats(world: World, worker: Worker): World {
  const beaten = heartbeat(world.record, worker, world.nowMs);
  const { model } = world;
  assert.equal(beaten !== undefined, model.owner === worker);
  if (beaten === undefined) return become(world, worker, 'ended');
  return { ...world, record: beaten, model: { ...model, leaseUntilMs: world.nowMs + LEASE_MS } };
}

function settles(world: World, asked: Asked): World {
  const { purgedAtMs } = asked;
  const finding = asked.found ? { task: 'found' as const } : { task: 'not-found' as const, purgedAtMs };
  const { record, nowMs, model, survivesPurge } = world;
  const settled = overdue(record, asked.generation, finding, nowMs, survivesPurge);
  const idle = { ...world, asked: null };
  if (settled.outcome === 'skip') return idle;
  const purged = !asked.found && model.owner === null && purgedAtMs !== null && purgedAtMs >= model.sentAtMs;
  assert.equal(settled.outcome === 'dead', purged && !survivesPurge, 'a purge ends what does not survive it');
  if (settled.outcome === 'dead') {
    return {
      ...idle,
      record: settled.record,
      model: { ...model, compensations: model.compensations + 1 },
    };
  }
  if (settled.outcome === 'wait') return { ...idle, record: settled.record };
  assert.equal(model.effects + model.compensations, 0, 'what is over is not sent again');
  assert.ok(model.owner === null || model.leaseUntilMs <= nowMs, 'what is being done is not sent again');
  return {
    ...idle,
    record: settled.record,
    held: [...world.held, settled.record.generation],
    // A new delivery may come at any time: workers that have ended are free for it.
    workers: { ...world.workers, two: world.workers.two === 'ended' ? 'idle' : world.workers.two },
    model: { ...model, owner: null, sentAtMs: nowMs, isFresh: false },
  };
}

function check({ record, model, nowMs }: World): void {
  assert.ok(model.effects + model.compensations <= 1, 'one effect, or one compensation, never both');
  assert.equal(record.state === 'succeeded', model.effects === 1);
  assert.equal(record.state === 'dead', model.compensations === 1);
  assert.equal(record.dueAtMs === null, isTerminal(record), 'whatever is not over is looked after');
  assert.equal(record.expireAtMs !== null, record.state === 'succeeded');
  assert.ok(record.attempts <= LIMITS.maxAttempts);
  assert.equal(record.attempts, model.attempts);
  assert.ok((record.dueAtMs ?? nowMs) <= nowMs + 3_600_000, 'and soon');
}

/** Two worlds from which the same can follow; history tells how they came about, which is of no account. */
function keyOf({ record, ...rest }: World): string {
  return JSON.stringify({ ...rest, record: { ...record, history: [], firstAttemptAtMs: null, error: null } });
}

describe('every interleaving of deliveries, a zombie, a sweep and crashes', function () {
  this.timeout(60_000);

  for (const survivesPurge of [false, true]) {
    it(`has one effect or one compensation, and loses nothing${survivesPurge ? ', where a purge is survived' : ''}`, () => {
      const seen = new Set<string>();
      const stack: { world: World; path: string[] }[] = [{ world: startOfWorld(survivesPurge), path: [] }];
      let ends = 0;
      for (let here = stack.pop(); here !== undefined; here = stack.pop()) {
        const { path } = here;
        let following: [string, World][];
        try {
          check(here.world);
          following = next(here.world);
        } catch (error) {
          throw new Error(`After: ${path.join(', ')}`, { cause: error });
        }
        if (following.length === 0) ends += 1;
        for (const [step, world] of following) {
          const key = keyOf(world);
          if (seen.has(key)) continue;
          seen.add(key);
          stack.push({ world, path: [...path, step] });
        }
      }
      assert.ok(seen.size > 10_000, `tried ${seen.size} different states, ${ends} ends`);
    });
  }
});
