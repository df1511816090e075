import assert from 'node:assert/strict';
import type { DocumentChange } from '../store/commit-feed.ts';
import { PendingChanges } from './pending-changes.ts';

describe('PendingChanges', () => {
  const change = (name: string, dataBytes: number | undefined): DocumentChange => ({
    name,
    before: undefined,
    after:
      dataBytes === undefined
        ? undefined
        : { name, fields: new Map(), createMicros: 1, updateMicros: 1, dataBytes },
  });

  it('keeps the latest state of each document, until they are taken', () => {
    const pending = new PendingChanges();
    pending.add(change('a', 1));
    pending.add(change('b', 1));
    pending.add(change('a', undefined));
    assert.equal(pending.isEmpty, false);
    assert.deepEqual(
      [...(pending.take() ?? [])].map(([name, after]) => [name, after?.dataBytes]),
      [
        ['a', undefined],
        ['b', 1],
      ],
    );
    assert.equal(pending.isEmpty, true);
    assert.equal(pending.take()?.size, 0);
  });

  it('keeps 1,000 documents and 4 MiB; with more only that there were too many, and then starts anew', () => {
    const tooMany: [count: number, bytes: number][] = [
      [1_001, 1],
      [5, 1024 * 1024],
    ];
    for (const [count, bytes] of tooMany) {
      const pending = new PendingChanges();
      const fill = (until: number): void => {
        for (let index = 0; index < until; index++) pending.add(change(`${index}`, bytes));
      };
      fill(count - 1);
      fill(count - 1);
      assert.equal(pending.take()?.size, count - 1);
      fill(count);
      pending.add(change('one more', 1));
      assert.equal(pending.isEmpty, false);
      assert.equal(pending.take(), undefined);
      assert.equal(pending.isEmpty, true);
      fill(1);
      assert.equal(pending.take()?.size, 1);
    }
  });
});
