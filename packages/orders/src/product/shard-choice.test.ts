import assert from 'node:assert/strict';
import { ShardChoice } from './shard-choice.ts';

describe('ShardChoice', () => {
  const begin = (first: number): ShardChoice => new ShardChoice(4, () => first / 4);
  const busy =
    (...lengths: number[]) =>
    (shard: number): number =>
      lengths[shard] ?? 0;

  it('uses as few shards as it can, from one that chance names', () => {
    assert.equal(begin(2).next(busy()), 2);
    assert.equal(begin(2).next(busy(0, 0, 1)), 3);
    assert.equal(begin(2).next(busy(0, 0, 1, 1)), 0);
  });

  it('uses the one that the fewest wait for where all are in use', () => {
    assert.equal(begin(2).next(busy(3, 2, 4, 2)), 3);
  });

  it('uses a shard last where it met another process', () => {
    const choice = begin(2);
    choice.avoid(2);
    assert.equal(choice.next(busy()), 3);
    assert.equal(choice.next(busy(1, 1, 0, 1)), 2);
  });
});
