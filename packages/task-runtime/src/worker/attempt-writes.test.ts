import assert from 'node:assert/strict';
import type { StepRecord } from '../ledger/task-record.ts';
import { AttemptWrites } from './attempt-writes.ts';

const done = (result: string): StepRecord => ({ state: 'done', tries: 1, startedAtMs: 0, result });

describe('AttemptWrites', () => {
  /** A document that takes one write at a time, each of which waits to be let through. */
  function setUp() {
    const commits: { names: string[]; land: (error?: Error) => void }[] = [];
    let stored: Record<string, StepRecord> = {};
    const writes = new AttemptWrites({}, async (steps) => {
      const made = steps(1);
      const landing = Promise.withResolvers<void>();
      commits.push({
        names: Object.keys(made),
        land: (error) => (error === undefined ? landing.resolve() : landing.reject(error)),
      });
      await landing.promise;
      stored = { ...stored, ...made };
      return { steps: stored, nowMs: 1 };
    });
    return { commits, writes };
  }
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('writes one after the other, and together what waits together', async () => {
    const { commits, writes } = setUp();
    const order: string[] = [];
    const all = ['a', 'b', 'c'].map((name) => writes.record(name, () => done(name)));
    await turn();
    const late = ['d', 'e'].map((name) => writes.record(name, () => done(name)));
    const last = writes.run(async () => void order.push(Object.keys(writes.recorded).join()));
    await turn();
    assert.deepEqual(
      commits.map(({ names }) => names),
      [['a', 'b', 'c']],
    );
    commits[0]?.land();
    await Promise.all(all);
    await turn();
    commits[1]?.land();
    await Promise.all([...late, last]);
    assert.deepEqual(commits[1]?.names, ['d', 'e']);
    assert.deepEqual(order, ['a,b,c,d,e']);
  });

  it('refuses a step that its record can not hold, and writes those beside it', async () => {
    const { commits, writes } = setUp();
    const seen: string[][] = [];
    const full = (name: string) => (_nowMs: number, recorded: Readonly<Record<string, StepRecord>>) => {
      seen.push(Object.keys(recorded));
      if (Object.keys(recorded).length >= 2) throw new Error('no room');
      return done(name);
    };
    const results = Promise.allSettled(['a', 'b', 'c'].map((name) => writes.record(name, full(name))));
    await turn();
    commits[0]?.land();
    assert.deepEqual(
      (await results).map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected'],
    );
    assert.deepEqual(seen, [[], ['a'], ['a', 'b']]);
    assert.deepEqual(Object.keys(writes.recorded), ['a', 'b']);
  });

  it('goes on after a write that failed', async () => {
    const { commits, writes } = setUp();
    const failing = writes.record('a', () => done('a'));
    failing.catch(() => {});
    await turn();
    commits[0]?.land(new Error('away'));
    await assert.rejects(failing, /away/);
    const next = writes.record('b', () => done('b'));
    await turn();
    commits[1]?.land();
    assert.deepEqual(await next, { nowMs: 1 });
    assert.deepEqual(Object.keys(writes.recorded), ['b']);
  });

  it('lets the last write of a process wait for those before it, but not for long', async () => {
    const { commits, writes } = setUp();
    const held = writes.record('a', () => done('a'));
    await turn();
    const order: string[] = [];
    const handBack = async (): Promise<void> => void order.push('handed back');
    // The lock is released only after the hand-back.
    await writes.runSoon(handBack, 5);
    assert.deepEqual([order, writes.anyInProgress], [['handed back'], true]);
    commits[0]?.land();
    await held;
    const next = writes.record('b', () => done('b'));
    await turn();
    const following = writes.runSoon(
      async () => void order.push(Object.keys(writes.recorded).join()),
      60_000,
    );
    commits[1]?.land();
    await Promise.all([next, following]);
    assert.deepEqual(order, ['handed back', 'a,b']);
    assert.equal(writes.anyInProgress, false);
  });
});
