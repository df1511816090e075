import assert from 'node:assert/strict';
import type { StepRecord, TaskRecord } from '../ledger/task-record.ts';
import { checkResultSize, checkStepCount, hasRoomForMessage, MAX_STEPS } from './step-limits.ts';

const KIB = 1024;
const recordWith = (payloadKib: number): TaskRecord =>
  ({ payload: 'x'.repeat(payloadKib * KIB), steps: {} }) as unknown as TaskRecord;
const steps = (count: number, kib: number): Record<string, StepRecord> =>
  Object.fromEntries(
    Array.from({ length: count }, (_none, index) => [
      `page-${index}`,
      { state: 'done', tries: 1, startedAtMs: 0, result: 'x'.repeat(kib * KIB) },
    ]),
  );
const tooLarge = { code: 'STEP_RESULT_TOO_LARGE', retryable: false };

describe('the limits of steps', () => {
  it('are 100 steps', () => {
    const names = (count: number) => new Set(Array.from({ length: count }, (_none, index) => `s${index}`));
    checkStepCount(names(MAX_STEPS), 'one');
    assert.throws(() => checkStepCount(names(MAX_STEPS + 1), 'one'), { code: 'TOO_MANY_STEPS' });
  });

  it('are 16 KiB for a result, and 256 KiB for all together', () => {
    checkResultSize(recordWith(1), {}, 'page', 'x'.repeat(16 * KIB));
    assert.throws(() => checkResultSize(recordWith(1), {}, 'page', 'x'.repeat(16 * KIB + 1)), tooLarge);
    checkResultSize(recordWith(1), steps(15, 16), 'page', 'x'.repeat(16 * KIB));
    assert.throws(() => checkResultSize(recordWith(1), steps(16, 16), 'page', 'x'), tooLarge);
  });

  it('leave a record room to be failed, whatever else fills it', () => {
    checkResultSize(recordWith(940), {}, 'page', 'x'.repeat(16 * KIB));
    assert.throws(() => checkResultSize(recordWith(950), {}, 'page', 'x'.repeat(16 * KIB)), tooLarge);
    assert.equal(hasRoomForMessage(recordWith(940), {}, 'declined'), true);
    assert.equal(hasRoomForMessage(recordWith(960), {}, 'declined'), false);
    assert.equal(hasRoomForMessage(recordWith(1), steps(16, 16), 'declined'), false);
  });
});
