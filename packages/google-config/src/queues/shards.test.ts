import assert from 'node:assert/strict';
import { isPartOfQueue, physicalNames, physicalQueueOfTask } from './shards.ts';

describe('physicalQueueOfTask()', () => {
  it('is the queue itself where there are no shards', () => {
    assert.equal(physicalQueueOfTask('mails', undefined, 'a task'), 'mails');
  });

  it('never changes for a task', () => {
    // Recorded: a producer that chose otherwise would look for its tasks in other queues than they are in.
    assert.equal(physicalQueueOfTask('mails', 8, '5f0c1d9a7b3e42868c1f2d3e4a5b6c7d'), 'mails-5');
    assert.equal(physicalQueueOfTask('mails', 8, 'task-1'), 'mails-6');
    assert.equal(physicalQueueOfTask('mails', 3, 'task-1'), 'mails-2');
  });

  it('spreads tasks evenly, also where their ids are alike', () => {
    const counts = new Map(physicalNames('mails', 8).map((name) => [name, 0]));
    for (let index = 0; index < 8_000; index += 1) {
      const name = physicalQueueOfTask('mails', 8, `2026-11-21-${index}`);
      counts.set(name, (counts.get(name) ?? Number.NaN) + 1);
    }
    assert.equal(counts.size, 8);
    for (const [name, count] of counts) assert.ok(count > 850 && count < 1_150, `${name}: ${count}`);
  });
});

describe('isPartOfQueue()', () => {
  it('knows a queue and all shards that it may have', () => {
    for (const name of ['mails', 'mails-0', 'mails-7', 'mails-99']) {
      assert.equal(isPartOfQueue('mails', name), true, name);
    }
    for (const name of ['mail', 'mails-', 'mails-07', 'mails-100', 'mails-x', 'mails-1-1', 'x-mails-1']) {
      assert.equal(isPartOfQueue('mails', name), false, name);
    }
  });
});
