import assert from 'node:assert/strict';
import { KeyedQueue } from './keyed-queue.ts';

describe('KeyedQueue', () => {
  /** Work that ends when it is told to. */
  function openWork() {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let begun = false;
    const work = (): Promise<void> => {
      begun = true;
      return promise;
    };
    return { work, end: resolve, fail: reject, hasBegun: () => begun };
  }
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('runs work of one key in turn, and of another beside it', async () => {
    const queue = new KeyedQueue();
    const [first, second, other] = [openWork(), openWork(), openWork()];
    const ends = [queue.run(['cup'], first.work), queue.run(['cup'], second.work)];
    ends.push(queue.run(['mug'], other.work));
    await settle();
    assert.deepEqual(
      [first, second, other].map((work) => work.hasBegun()),
      [true, false, true],
    );
    assert.deepEqual([queue.lengthOf('cup'), queue.lengthOf('mug')], [2, 1]);
    first.end();
    await settle();
    assert.equal(second.hasBegun(), true);
    second.end();
    other.end();
    await Promise.all(ends);
    assert.equal(queue.lengthOf('cup'), 0);
  });

  it('goes on after work that fails', async () => {
    const queue = new KeyedQueue();
    const failing = queue.run(['cup'], () => Promise.reject(new Error('broken')));
    const next = queue.run(['cup'], async () => 'whole');
    await assert.rejects(failing, { message: 'broken' });
    assert.equal(await next, 'whole');
  });

  it('gets through work of several keys, in whatever order they are named, and names twice', async () => {
    const queue = new KeyedQueue();
    const orders = [
      ['a', 'b'],
      ['b', 'a'],
      ['b', 'b', 'c'],
      ['c', 'a'],
    ];
    let running = 0;
    const results = await Promise.all(
      orders.map((keys, index) =>
        queue.run(keys, async () => {
          running += 1;
          await settle();
          assert.equal(running, 1);
          running -= 1;
          return index;
        }),
      ),
    );
    assert.deepEqual(results, [0, 1, 2, 3]);
  });
});
