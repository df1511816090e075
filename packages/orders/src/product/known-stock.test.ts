import assert from 'node:assert/strict';
import { KnownStock } from './known-stock.ts';

describe('KnownStock', () => {
  /** A stock whose process begins with the shard of this number among those that nobody uses. */
  const begin = (shards: number[], { pool = 0, first = 0, inUse = [] as number[] } = {}): KnownStock =>
    new KnownStock({ pool, shards, inUse }, () => first / shards.length);
  const orders =
    (...lengths: number[]) =>
    (shard: number): number =>
      lengths[shard] ?? 0;

  it('uses as few shards as it can, from one that chance names', () => {
    const known = begin([9, 9, 9, 9], { first: 2 });
    assert.deepEqual(known.plan(1, orders()), [2]);
    known.reserve([2], 1);
    assert.deepEqual(known.plan(1, orders()), [2]);
    assert.notDeepEqual(known.plan(1, orders(0, 0, 1)), [2]);
  });

  it('waits for an own shard rather than go to one of another process', () => {
    const known = begin([9, 9, 9, 9], { inUse: [1, 2, 3] });
    known.reserve([0], 1);
    assert.deepEqual(known.plan(1, orders(3)), [0]);
  });

  it('goes to the pool before it goes to a shard of another process, and to that before it gives up', () => {
    const pooled = begin([0, 9, 9, 9], { inUse: [1, 2, 3], pool: 5 });
    assert.equal(pooled.plan(1, orders()), 'pool');
    const known = begin([0, 9, 0, 0], { inUse: [1] });
    assert.deepEqual(known.plan(1, orders()), [1]);
    assert.deepEqual([known.isAbroad([1]), known.isAbroad('pool')], [true, false]);
    assert.equal(known.plan(10, orders()), undefined);
  });

  it('does not plan pieces twice, until an order gives them back', () => {
    const known = begin([1, 1]);
    const release = known.reserve([0], 1);
    known.reserve([1], 1);
    // Both are being taken: it waits where the fewest do.
    assert.deepEqual(known.plan(1, orders(2, 1)), [1]);
    release();
    assert.deepEqual(known.plan(1, orders(2, 1)), [0]);
  });

  it('takes from several shards, the fullest first, where none has enough', () => {
    const known = begin([1, 4, 0, 3]);
    assert.deepEqual(known.plan(6, orders()), [1, 3]);
    assert.deepEqual(known.plan(8, orders()), [1, 3, 0]);
    assert.equal(known.plan(9, orders()), undefined);
  });

  it('leaves a shard that another process used before, and keeps one that it used itself', () => {
    const known = begin([9, 9]);
    known.reserve([0], 1);
    known.meet(0, 8, false);
    assert.equal(known.isOwn(0), false);
    const other = new KnownStock({ pool: 0, shards: [9, 9] }, () => 0.9);
    other.reserve([0], 1);
    other.meet(0, 8, true);
    assert.equal(other.isOwn(0), true);
    other.meet(0, 9, false);
    assert.equal(other.isOwn(0), true);
  });

  it('remembers what orders leave and add', () => {
    const known = begin([5, 5]);
    known.update({ changedShards: new Map([[1, 2]]) });
    known.add(0, 3);
    assert.deepEqual(known.seen.shards, [8, 2]);
    assert.equal(known.isEnough([0, 1], 10), true);
    assert.equal(known.isEnough([0, 1], 11), false);
  });
});
