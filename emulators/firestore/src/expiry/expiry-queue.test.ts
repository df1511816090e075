import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ExpiryQueue } from './expiry-queue.ts';

describe('ExpiryQueue', () => {
  it('gives what was added in the order of time', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (times) => {
        const queue = new ExpiryQueue();
        for (const atMs of times) queue.add({ name: '', atMs });
        const taken: number[] = [];
        for (let one = queue.take(); one !== undefined; one = queue.take()) taken.push(one.atMs);
        assert.deepEqual(
          taken,
          times.toSorted((left, right) => left - right),
        );
        assert.equal(queue.size, 0);
      }),
    );
  });
});
