import assert from 'node:assert/strict';
import { DueHeap, type Waiting } from './due-heap.ts';

function waiting(rowId: number, dueMs: number): Waiting {
  return { rowId, dueMs, heapIndex: -1 };
}

function drain(heap: DueHeap): number[] {
  const order: number[] = [];
  for (let first = heap.peek(); first; first = heap.peek()) {
    order.push(first.rowId);
    heap.remove(first);
  }
  return order;
}

describe('DueHeap', () => {
  it('gives the earliest first, those due together in the order of their rows', () => {
    const heap = new DueHeap();
    for (const [rowId, dueMs] of [
      [5, 30],
      [2, 10],
      [4, 20],
      [1, 20],
      [3, 10],
    ] as const) {
      heap.push(waiting(rowId, dueMs));
    }
    assert.deepEqual(drain(heap), [2, 3, 1, 4, 5]);
  });

  it('stays in order when items are taken out of the middle', () => {
    const heap = new DueHeap();
    // A fixed sequence that looks random.
    const items = Array.from({ length: 500 }, (_, index) => waiting(index, (index * 7_919) % 503));
    for (const item of items) heap.push(item);
    const kept = items.filter((item) => item.rowId % 3 !== 0);
    for (const item of items) if (item.rowId % 3 === 0) heap.remove(item);
    const expected = [...kept].sort((a, b) => a.dueMs - b.dueMs || a.rowId - b.rowId);
    assert.deepEqual(
      drain(heap),
      expected.map((item) => item.rowId),
    );
  });
});
