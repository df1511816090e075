import assert from 'node:assert/strict';
import type { StepRecord } from '../ledger/task-record.ts';
import { runStep } from './run-step.ts';

const FIRST_RUN_MS = 1_800_000_000_000;
const SECOND_RUN_MS = FIRST_RUN_MS + 1_300;

describe('runStep()', () => {
  it('records the time of the run that is committed, not of one that Firestore aborted', async () => {
    const written: StepRecord[] = [];
    const scope = {
      taskId: 't1',
      signal: new AbortController().signal,
      recorded: {},
      // As the client does it: the first run of each transaction is aborted.
      async record(_name: string, step: (nowMs: number) => StepRecord): Promise<{ nowMs: number }> {
        step(FIRST_RUN_MS);
        written.push(step(SECOND_RUN_MS));
        return { nowMs: SECOND_RUN_MS };
      },
    };
    await runStep(scope, 'charge', async () => 'done', { lookup: async () => undefined });
    assert.deepEqual(
      written.map(({ state, startedAtMs }) => [state, startedAtMs]),
      [
        ['started', SECOND_RUN_MS],
        ['done', SECOND_RUN_MS],
      ],
    );
  });
});
