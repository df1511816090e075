import assert from 'node:assert/strict';
import { type LockOwner, LockTable } from './lock-table.ts';

describe('LockTable', () => {
  const owner = (age: number, preemptible = true): LockOwner => ({ age, preemptible });
  const contention = { message: 'Too much contention on these documents. Please try again.' };
  let table: LockTable;

  beforeEach(() => {
    table = new LockTable({ maxWaitMs: 5_000 });
  });

  it('serves those who wait in the order of their arrival', async () => {
    const [first, second, third] = [owner(1), owner(2), owner(3)];
    const order: number[] = [];
    await table.acquire(first, ['a']);
    const waiting = [second, third].map(async (one) => {
      assert.equal(await table.acquire(one, ['a']), true);
      order.push(one.age);
      table.release(one);
    });
    table.release(first);
    await Promise.all(waiting);
    assert.deepEqual(order, [2, 3]);
    assert.equal(table.size, 0);
  });

  it('gives an owner again what it holds', async () => {
    const one = owner(1);
    await table.acquire(one, ['a']);
    assert.equal(await table.acquire(one, ['a', 'b']), false);
    table.release(one);
    assert.equal(table.size, 0);
  });

  it('refuses the youngest of a circle, whoever closes it', async () => {
    const [old, young] = [owner(1), owner(2)];
    await table.acquire(old, ['a']);
    await table.acquire(young, ['b']);
    const refused = assert.rejects(table.acquire(young, ['a']), contention);
    const granted = table.acquire(old, ['b']);
    await refused;
    table.release(young);
    assert.equal(await granted, true);
    table.release(old);
    assert.equal(table.size, 0);
  });

  it('never refuses an owner that may not be sacrificed', async () => {
    const [transaction, commit] = [owner(1), owner(2, false)];
    await table.acquire(transaction, ['b']);
    await table.acquire(commit, ['a']);
    const refused = assert.rejects(table.acquire(transaction, ['a']), contention);
    const granted = table.acquire(commit, ['b']);
    await refused;
    table.release(transaction);
    await granted;
  });

  it('finds circles of three', async () => {
    const owners = [owner(1), owner(2), owner(3)] as const;
    const names = ['a', 'b', 'c'] as const;
    for (const index of [0, 1, 2] as const) await table.acquire(owners[index], [names[index]]);
    const first = table.acquire(owners[0], ['b']);
    const second = table.acquire(owners[1], ['c']);
    await assert.rejects(table.acquire(owners[2], ['a']), contention);
    table.release(owners[2]);
    await second;
    table.release(owners[1]);
    await first;
  });

  it('takes who gives up, or has waited too long, out of the queue', async () => {
    table = new LockTable({ maxWaitMs: 1 });
    const [first, second, third] = [owner(1), owner(2), owner(3)];
    await table.acquire(first, ['a']);
    const controller = new AbortController();
    const cancelled = assert.rejects(table.acquire(second, ['a'], controller.signal), {
      message: /cancelled/,
    });
    controller.abort();
    await cancelled;
    await assert.rejects(table.acquire(third, ['a']), contention);
    table.release(first);
    assert.equal(table.size, 0);
  });
});
