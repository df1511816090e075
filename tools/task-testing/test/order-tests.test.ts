import assert from 'node:assert/strict';
import { orderTests } from '../mutations/order-tests.ts';

const files = [
  { file: 'test/runtime/worker/sweep.test.ts', durationMs: 900, reached: [3] },
  { file: 'src/worker/run-step.test.ts', durationMs: 2_000, reached: [3, 7] },
  { file: 'src/ledger/transitions.test.ts', durationMs: 70, reached: [3] },
  { file: 'src/ledger/interleavings.test.ts', durationMs: 30_000, reached: [3] },
  { file: 'test/runtime/ledger/enqueue.test.ts', durationMs: 10, reached: [7] },
];

describe('orderTests()', () => {
  it('puts the last finder first, then the test of the mutated file, then the quickest', () => {
    const { reaching } = orderTests(files, {
      index: 3,
      sourceFile: 'worker/run-step.ts',
      lastFinder: 'src/ledger/interleavings.test.ts',
    });
    assert.deepEqual(reaching, [
      'src/ledger/interleavings.test.ts',
      'src/worker/run-step.test.ts',
      'src/ledger/transitions.test.ts',
      'test/runtime/worker/sweep.test.ts',
    ]);
  });

  it('keeps files that never evaluate the guard for the end', () => {
    const { reaching, others } = orderTests(files, {
      index: 7,
      sourceFile: 'ledger/task-ledger.ts',
      lastFinder: undefined,
    });
    assert.deepEqual(reaching, ['test/runtime/ledger/enqueue.test.ts', 'src/worker/run-step.test.ts']);
    assert.deepEqual([...reaching, ...others].toSorted(), files.map(({ file }) => file).toSorted());
  });
});
