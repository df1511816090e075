import assert from 'node:assert/strict';
import { ManualTimers } from '../../test/support/manual-timers.ts';
import type { AbortedError } from './aborted-error.ts';
import { type LockMode, type LockOwner, LockTable } from './lock-table.ts';

describe('LockTable', () => {
  const owner = (age: number, startsOver = false): LockOwner => ({ age, startsOver });
  const contention = { message: 'Too much contention on these documents. Please try again.' };
  let table: LockTable;
  let timers: ManualTimers;

  beforeEach(() => {
    timers = new ManualTimers();
    table = new LockTable({ maxWaitMs: 15_000, timers });
  });

  it('serves those who wait in the order of their arrival', async () => {
    const [first, second, third] = [owner(1), owner(2), owner(3)];
    const order: number[] = [];
    await table.acquire(first, ['a'], 'exclusive');
    const waiting = [second, third].map(async (one) => {
      assert.equal(await table.acquire(one, ['a'], 'exclusive'), true);
      order.push(one.age ?? 0);
      table.release(one);
    });
    table.release(first);
    await Promise.all(waiting);
    assert.deepEqual(order, [2, 3]);
    assert.equal(table.size, 0);
  });

  it('gives an owner again what it holds', async () => {
    const one = owner(1);
    await table.acquire(one, ['a'], 'exclusive');
    assert.equal(await table.acquire(one, ['a', 'b'], 'exclusive'), false);
    table.release(one);
    assert.equal(table.size, 0);
  });

  it('refuses the youngest of a circle, whoever closes it', async () => {
    const [old, young] = [owner(1), owner(2)];
    await table.acquire(old, ['a'], 'exclusive');
    await table.acquire(young, ['b'], 'exclusive');
    const refused = assert.rejects(table.acquire(young, ['a'], 'exclusive'), contention);
    const granted = table.acquire(old, ['b'], 'exclusive');
    await refused;
    table.release(young);
    assert.equal(await granted, true);
    table.release(old);
    assert.equal(table.size, 0);
  });

  it('never refuses an owner that may start over: later than the other of a circle, it does', async () => {
    const [transaction, commit] = [owner(1), owner(2, true)];
    await table.acquire(transaction, ['b'], 'exclusive');
    const granted = table.acquire(commit, ['a', 'b'], 'exclusive');
    await table.acquire(transaction, ['a'], 'exclusive');
    assert.equal(table.waiting, 1);
    table.release(transaction);
    await granted;
    table.release(commit);
    assert.equal(table.size, 0);
  });

  it('never refuses an owner that may start over: earlier than the other, it keeps its locks', async () => {
    const [commit, transaction] = [owner(1, true), owner(2)];
    await table.acquire(transaction, ['b'], 'exclusive');
    const granted = table.acquire(commit, ['a', 'b'], 'exclusive');
    await assert.rejects(table.acquire(transaction, ['a'], 'exclusive'), contention);
    table.release(transaction);
    await granted;
  });

  it('finds circles of three', async () => {
    const owners = [owner(1), owner(2), owner(3)] as const;
    const names = ['a', 'b', 'c'] as const;
    for (const index of [0, 1, 2] as const) await table.acquire(owners[index], [names[index]], 'exclusive');
    const first = table.acquire(owners[0], ['b'], 'exclusive');
    const second = table.acquire(owners[1], ['c'], 'exclusive');
    await assert.rejects(table.acquire(owners[2], ['a'], 'exclusive'), contention);
    table.release(owners[2]);
    await second;
    table.release(owners[1]);
    await first;
  });

  it('takes who gives up, or has waited too long, out of the queue', async () => {
    const [first, second, third] = [owner(1), owner(2), owner(3)];
    await table.acquire(first, ['a'], 'exclusive');
    const controller = new AbortController();
    const cancelled = assert.rejects(table.acquire(second, ['a'], 'exclusive', controller.signal), {
      message: /cancelled/,
    });
    controller.abort();
    await cancelled;
    const late = assert.rejects(table.acquire(third, ['a'], 'exclusive'), contention);
    timers.advance(15_000);
    await late;
    table.release(first);
    assert.equal(table.size, 0);
  });

  describe('with shared locks', () => {
    let events: string[];

    beforeEach(() => {
      events = [];
    });

    /** Asks for a lock, and writes down when the owner has it or is refused. */
    function ask(one: LockOwner, name: string, mode: LockMode): Promise<void> {
      return table.acquire(one, [name], mode).then(
        () => void events.push(`${one.age} has ${name} ${mode}`),
        ({ reason }) => void events.push(`${one.age} is refused: ${reason}`),
      );
    }

    it('lets several owners read a document at once', async () => {
      assert.equal(await table.acquire(owner(1), ['a'], 'shared'), false);
      assert.equal(await table.acquire(owner(2), ['a'], 'shared'), false);
      assert.equal(table.waiting, 0);
    });

    it('lets a writer wait until the last reader has ended', async () => {
      const readers = [owner(1), owner(2)] as const;
      for (const reader of readers) await ask(reader, 'a', 'shared');
      const write = ask(owner(3), 'a', 'exclusive');
      table.release(readers[0]);
      assert.equal(table.waiting, 1);
      table.release(readers[1]);
      await write;
    });

    it('lets a reader wait behind a writer that waits, and then reads together with others', async () => {
      const [first, writer, second, third] = [owner(1), owner(2), owner(3), owner(4)];
      await ask(first, 'a', 'shared');
      const waits = [
        ask(writer, 'a', 'exclusive'),
        ask(second, 'a', 'shared'),
        ask(third, 'a', 'shared'),
      ] as const;
      assert.equal(table.waiting, 3);
      table.release(first);
      await waits[0];
      assert.equal(table.waiting, 2);
      table.release(writer);
      await Promise.all(waits);
      assert.deepEqual(events, ['1 has a shared', '2 has a exclusive', '3 has a shared', '4 has a shared']);
    });

    it('lets an owner read again what it has read, whoever waits to write it', async () => {
      const reader = owner(1);
      await ask(reader, 'a', 'shared');
      void ask(owner(2), 'a', 'exclusive');
      assert.equal(await table.acquire(reader, ['a'], 'shared'), false);
    });

    it('grants a reader that writes before writers that came earlier', async () => {
      const [reader, other, writer] = [owner(1), owner(2), owner(3)];
      await ask(reader, 'a', 'shared');
      await ask(other, 'a', 'shared');
      const laterWrite = ask(writer, 'a', 'exclusive');
      const write = ask(reader, 'a', 'exclusive');
      table.release(other);
      await write;
      table.release(reader);
      await laterWrite;
      assert.deepEqual(events.slice(2), ['1 has a exclusive', '3 has a exclusive']);
    });

    it('makes the lock of an only reader exclusive at once, also when a writer waits', async () => {
      const reader = owner(1);
      await ask(reader, 'a', 'shared');
      void ask(owner(2), 'a', 'exclusive');
      assert.equal(await table.acquire(reader, ['a'], 'exclusive'), false);
    });

    for (const [which, order] of [
      ['first', [0, 1]],
      ['last', [1, 0]],
    ] as const) {
      it(`refuses the later of two readers that both write, also when the earlier writes ${which}`, async () => {
        const readers = [owner(1), owner(2)] as const;
        for (const reader of readers) await ask(reader, 'a', 'shared');
        const writes = order.map((index) => ask(readers[index], 'a', 'exclusive'));
        await writes[order.indexOf(1)];
        table.release(readers[1]);
        await Promise.all(writes);
        assert.deepEqual(events.slice(2), ['2 is refused: lockConflict', '1 has a exclusive']);
      });
    }

    it('calls a circle over several documents a deadlock', async () => {
      const [one, other] = [owner(1), owner(2)];
      await ask(one, 'a', 'shared');
      await ask(other, 'b', 'shared');
      const write = ask(one, 'b', 'exclusive');
      await ask(other, 'a', 'exclusive');
      table.release(other);
      await write;
      assert.deepEqual(events.slice(2), ['2 is refused: deadlock', '1 has b exclusive']);
    });

    for (const [what, age, expected] of [
      ['an earlier writer, and refuses the reader behind it', 0, '2 is refused: deadlock'],
      ['a later writer, and lets the reader pass it', 3, '2 has a shared'],
    ] as const) {
      it(`sees a circle that goes over ${what}`, async () => {
        const [one, other, outside] = [owner(1), owner(2), owner(age, true)];
        await ask(one, 'a', 'shared');
        await ask(other, 'b', 'shared');
        const outsideWrite = ask(outside, 'a', 'exclusive');
        // It waits behind the writer, which waits for the first reader.
        const read = ask(other, 'a', 'shared');
        const write = ask(one, 'b', 'exclusive');
        await read;
        table.release(other);
        await write;
        table.release(one);
        await outsideWrite;
        assert.deepEqual(events.slice(2), [expected, '1 has b exclusive', `${age} has a exclusive`]);
      });
    }

    it('ends each of several circles that one request closes', async () => {
      const [first, second, third] = [owner(1), owner(2), owner(3)];
      await ask(first, 'b', 'exclusive');
      await ask(first, 'c', 'exclusive');
      await ask(second, 'a', 'shared');
      await ask(third, 'a', 'shared');
      const refused = [ask(second, 'b', 'shared'), ask(third, 'c', 'shared')];
      const write = ask(first, 'a', 'exclusive');
      await Promise.all(refused);
      for (const one of [second, third]) table.release(one);
      await write;
      assert.deepEqual(events.slice(4), [
        '2 is refused: deadlock',
        '3 is refused: deadlock',
        '1 has a exclusive',
      ]);
    });

    it('grants those who waited behind a writer that gives up', async () => {
      const reader = owner(1);
      await ask(reader, 'a', 'shared');
      const controller = new AbortController();
      const write = table.acquire(owner(2), ['a'], 'exclusive', controller.signal);
      const read = ask(owner(3), 'a', 'shared');
      controller.abort();
      await assert.rejects(write, { reason: 'cancelled' });
      await read;
    });

    it('ends the wait of an owner that is released', async () => {
      const [reader, writer] = [owner(1), owner(2)];
      await ask(reader, 'a', 'shared');
      const write = ask(writer, 'a', 'exclusive');
      table.release(writer);
      await write;
      assert.equal(events.at(-1), '2 is refused: cancelled');
      assert.equal(table.waiting, 0);
    });
  });

  it('orders owners by their first request', async () => {
    const [early, late]: LockOwner[] = [1, 2].map(() => ({ age: undefined, startsOver: false }));
    assert.ok(early && late);
    await table.acquire(early, ['a'], 'shared');
    await table.acquire(late, ['b'], 'shared');
    await table.acquire(early, ['c'], 'shared');
    assert.ok(Number(early.age) < Number(late.age));
  });

  it('lets a call wait for at most the maximum, over all its documents', async () => {
    const [a, b, waiter] = [owner(1), owner(2), owner(3)];
    await table.acquire(a, ['a'], 'shared');
    await table.acquire(b, ['b'], 'shared');
    const refusals: AbortedError[] = [];
    const waits = table.acquire(waiter, ['a', 'b'], 'exclusive').catch((error) => refusals.push(error));
    timers.advance(10_000);
    table.release(a);
    await turn();
    timers.advance(4_999);
    await turn();
    assert.equal(refusals.length, 0);
    timers.advance(1);
    await waits;
    assert.equal(refusals[0]?.reason, 'lockTimeout');
    assert.equal(timers.pending, 0);
  });
});

/** Lets promises settle. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
