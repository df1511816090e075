import assert from 'node:assert/strict';
import { RecentStreams } from './recent-streams.ts';

describe('RecentStreams', () => {
  it('tells how the last streams ended, and forgets older ones', () => {
    const recent = new RecentStreams();
    recent.add(1, 'ended');
    recent.add(3, 'reset-here');
    assert.deepEqual(
      [1, 3, 5].map((id) => recent.endOf(id)),
      ['ended', 'reset-here', undefined],
    );
    for (let id = 5; id < 5 + 2 * 256; id += 2) recent.add(id, 'ended');
    assert.deepEqual(
      [1, 3, 5].map((id) => recent.endOf(id)),
      [undefined, undefined, 'ended'],
    );
  });
});
