import assert from 'node:assert/strict';
import type { StepRecord, TaskRecord } from '../ledger/task-record.ts';
import { AttemptWrites } from './attempt-writes.ts';
import { runStep } from './run-step.ts';

const FIRST_RUN_MS = 1_800_000_000_000;
const SECOND_RUN_MS = FIRST_RUN_MS + 1_300;

describe('runStep()', () => {
  it('records the time of the run that is committed, not of one that Firestore aborted', async () => {
    const written: StepRecord[] = [];
    // As the client does it: the first run of each transaction is aborted.
    const writes = new AttemptWrites({}, async (steps) => {
      steps(FIRST_RUN_MS);
      const made = steps(SECOND_RUN_MS);
      written.push(...Object.values(made));
      return { steps: made, nowMs: SECOND_RUN_MS };
    });
    const scope = {
      taskId: 't1',
      record: { contract: 'charge-payment', payload: '{}', steps: {}, audit: [] } as unknown as TaskRecord,
      signal: new AbortController().signal,
      writes,
      holdTask: async () => {},
    };
    await runStep(scope, {
      name: 'charge',
      recordedName: 'charge',
      call: async () => 'done',
      settings: { lookup: async () => undefined },
    });
    assert.deepEqual(
      written.map(({ state, startedAtMs }) => [state, startedAtMs]),
      [
        ['started', SECOND_RUN_MS],
        ['done', SECOND_RUN_MS],
      ],
    );
  });
});
