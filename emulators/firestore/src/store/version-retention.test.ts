import assert from 'node:assert/strict';
import { VersionRetention } from './version-retention.ts';

describe('VersionRetention', () => {
  const fill = (retention: VersionRetention, from: number, count: number, bytes = 1) => {
    let due = false;
    for (let index = 0; index < count; index++) due = retention.add(from + index, bytes);
    return due;
  };

  it('drops by age', () => {
    const retention = new VersionRetention({ maxAgeMicros: 100, maxVersions: 10_000, maxBytes: 10 ** 9 });
    assert.equal(fill(retention, 0, 999), false);
    assert.equal(fill(retention, 999, 1), true);
    assert.equal(retention.cutoff(5_000), 4_900);
  });

  it('drops the oldest batches beyond a number of versions, and beyond a number of bytes', () => {
    const byNumber = new VersionRetention({ maxAgeMicros: 10 ** 9, maxVersions: 2_000, maxBytes: 10 ** 9 });
    const byBytes = new VersionRetention({ maxAgeMicros: 10 ** 9, maxVersions: 10 ** 9, maxBytes: 20_000 });
    for (const [retention, bytes] of [
      [byNumber, 1],
      [byBytes, 10],
    ] as const) {
      const cutoffs = [0, 1, 2, 3].map((batch) => {
        fill(retention, batch * 1_000, 1_000, bytes);
        return retention.cutoff(4_000);
      });
      assert.deepEqual(cutoffs.slice(0, 2), [4_000 - 10 ** 9, 4_000 - 10 ** 9]);
      assert.deepEqual(cutoffs.slice(2), [999, 1_999]);
    }
  });
});
