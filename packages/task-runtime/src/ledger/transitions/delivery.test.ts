import assert from 'node:assert/strict';
import { defineContract } from '@waybill/contract-kit';
import type { DeliveredTask } from '../delivered-task.ts';
import type { TaskRecord } from '../task-record.ts';
import { adopt } from './adopt.ts';
import { receive, receiveMisrouted, receiveUnknown } from './delivery.ts';
import { LEASE_MS } from './due-times.ts';

const foldLetter = defineContract({
  name: 'fold-letter',
  version: 1,
  description: 'Folds a letter.',
  queue: 'letters',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['letterId'],
    properties: { letterId: { type: 'string' } },
  },
  example: { letterId: 'a' },
});
const NOW = 1_800_000_000_000;
const DAY_MS = 86_400_000;

const delivered: DeliveredTask = {
  name: 'by-hand',
  contract: foldLetter,
  service: 'worker',
  body: { letterId: 'a' },
  queue: 'letters',
  traceparent: null,
};
const adopted = (fields: Partial<TaskRecord> = {}): TaskRecord => ({
  ...adopt({ taskId: 'letters.by-hand', generation: 0 }, delivered, NOW),
  ...fields,
});
const delivery = {
  generation: 0,
  attemptId: 'one',
  body: { letterId: 'a' },
  bodyProblem: undefined,
  adopted: false,
  hasProducersName: true,
};
const BROKEN = { payload: '{"letterId":7}' };
const OTHER_SCHEMA = { schemaHash: 'other' };

describe('receive()', () => {
  it('claims a task whose payload matches', () => {
    const { outcome } = receive(adopted(), delivery, foldLetter, NOW);
    assert.equal(outcome, 'run');
  });

  it('waits where the record is of another contract or version', () => {
    for (const fields of [{ contract: 'burn-letter' }, { version: 2 }]) {
      const decision = receive(adopted(fields), delivery, foldLetter, NOW);
      assert.deepEqual(decision, { outcome: 'wait', reason: 'mismatch' });
    }
  });

  it('gives up a payload that breaks the schema it was written by', () => {
    const decision = receive(adopted(BROKEN), delivery, foldLetter, NOW);
    assert.equal(decision.outcome, 'dead');
    assert.equal(decision.record.error?.code, 'CONTRACT_VIOLATION');
  });

  it('waits a day for a worker with the schema of the payload, then gives up', () => {
    const record = adopted({ ...BROKEN, ...OTHER_SCHEMA });
    const first = receive(record, delivery, foldLetter, NOW);
    assert.ok(first.outcome === 'wait' && first.reason === 'other-schema' && first.record !== undefined);
    assert.deepEqual([first.record.state, first.record.error?.code], ['pending', 'OTHER_SCHEMA']);
    const before = receive(first.record, delivery, foldLetter, NOW + DAY_MS - 1);
    assert.deepEqual(before, { outcome: 'wait', reason: 'other-schema', record: undefined });
    assert.equal(receive(first.record, delivery, foldLetter, NOW + DAY_MS).outcome, 'dead');
  });

  it('judges an unreadable body only where it becomes the payload', () => {
    const unreadable = { ...delivery, bodyProblem: 'its body is not JSON' };
    assert.equal(receive(adopted(), unreadable, foldLetter, NOW).outcome, 'run');
    const decision = receive(adopted(), { ...unreadable, adopted: true }, foldLetter, NOW);
    assert.ok(decision.outcome === 'dead');
    assert.equal(decision.record.error?.message, 'its body is not JSON');
  });

  it('tells a reused name from a second delivery by the body', () => {
    const over = adopted({ state: 'succeeded', dueAtMs: null });
    const other = { ...delivery, body: { letterId: 'b' } };
    assert.deepEqual(receive(over, delivery, foldLetter, NOW), { outcome: 'drop', reason: 'terminal' });
    assert.deepEqual(receive(over, other, foldLetter, NOW), { outcome: 'drop', reason: 'name-reused' });
    const ownName = { ...other, hasProducersName: false };
    assert.deepEqual(receive(over, ownName, foldLetter, NOW), { outcome: 'drop', reason: 'terminal' });
  });
});

describe('receiveUnknown()', () => {
  it('waits a day for a worker that knows the contract, then gives up', () => {
    const first = receiveUnknown(adopted(), 0, foldLetter, NOW);
    assert.ok(first.outcome === 'wait' && first.record !== undefined);
    assert.equal(first.record.error?.code, 'UNKNOWN_CONTRACT');
    const before = receiveUnknown(first.record, 0, foldLetter, NOW + DAY_MS - 1);
    assert.deepEqual(before, { outcome: 'wait', record: undefined });
    const after = receiveUnknown(first.record, 0, foldLetter, NOW + DAY_MS);
    assert.equal(after.outcome, 'dead');
  });

  it('leaves a task to the worker that holds it, or whose contract it is of', () => {
    const held = adopted({ state: 'running', attemptId: 'one', leaseUntilMs: NOW + LEASE_MS });
    assert.deepEqual(receiveUnknown(held, 0, foldLetter, NOW), { outcome: 'wait' });
    const ofAnother = adopted({ contract: 'burn-letter' });
    assert.deepEqual(receiveUnknown(ofAnother, 0, foldLetter, NOW), { outcome: 'wait' });
  });

  it('drops a delivery that is superseded, or whose task is over', () => {
    assert.deepEqual(receiveUnknown(adopted({ generation: 1 }), 0, foldLetter, NOW), { outcome: 'drop' });
    assert.deepEqual(receiveUnknown(adopted({ state: 'dead' }), 0, foldLetter, NOW), { outcome: 'drop' });
  });
});

describe('receiveMisrouted()', () => {
  const misrouted = { contract: foldLetter, service: 'billing', rightService: 'worker' };

  it('waits for the right service for as long as it takes, and says so once', () => {
    const first = receiveMisrouted(adopted(), 0, misrouted, NOW);
    assert.ok(first.outcome === 'wait' && first.record !== undefined);
    assert.equal(first.record.error?.code, 'WRONG_SERVICE');
    assert.match(
      first.record.error?.message ?? '',
      /to the service "billing", and "worker" does fold-letter v1/,
    );
    const later = receiveMisrouted(first.record, 0, misrouted, NOW + 30 * DAY_MS);
    assert.deepEqual(later, { outcome: 'wait', record: undefined });
  });

  it('leaves a task to the worker that holds it', () => {
    const held = adopted({ state: 'running', attemptId: 'one', leaseUntilMs: NOW + LEASE_MS });
    assert.deepEqual(receiveMisrouted(held, 0, misrouted, NOW), { outcome: 'wait' });
  });

  it('drops a delivery whose task is over', () => {
    assert.deepEqual(receiveMisrouted(adopted({ state: 'dead' }), 0, misrouted, NOW), { outcome: 'drop' });
  });
});
