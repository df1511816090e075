import assert from 'node:assert/strict';
import { pendingLetter } from '../pending-letter.ts';
import { isErased, type TaskRecord } from '../task-record.ts';
import { dead } from './death.ts';
import { discard, erase, replay } from './operator-actions.ts';
import { scrub } from './scrub.ts';

const NOW = 1_800_000_000_000;
const PERIOD_MS = 61 * 86_400_000;
const ACTOR = { by: 'ada@example.com', why: 'Bob asked' };

const running: TaskRecord = {
  ...pendingLetter(
    { name: 'fold-letter', version: 1, schemaHash: 'h', queue: 'letters' },
    { createdAtMs: NOW, dueAtMs: NOW, payload: { to: 'bob@example.com' } },
  ),
  state: 'running',
  steps: {
    fold: { state: 'done', tries: 1, startedAtMs: NOW, result: '"for Bob"' },
    post: {
      state: 'refused',
      tries: 1,
      startedAtMs: NOW,
      result: null,
      error: { code: 'X', message: 'Bob' },
    },
    // The key of a list's item may be a name, or a hash of an address.
    'seal[bob]': { state: 'done', tries: 1, startedAtMs: NOW, result: null },
    'seal[#b0b00000000000000000000000000b0b]': { state: 'refused', tries: 2, startedAtMs: NOW, result: null },
  },
  audit: [{ ...ACTOR, atMs: NOW, action: 'replay' }],
};
const letter = dead(running, { code: 'TORN', message: 'of Bob', atMs: NOW }, NOW);

describe('scrub()', () => {
  it('empties a dead letter after its period, which stays dead and keeps code and times', () => {
    const scrubbed = scrub(letter, NOW + PERIOD_MS);
    assert.ok(scrubbed !== undefined && isErased(scrubbed));
    assert.doesNotMatch(JSON.stringify(scrubbed), /bob|ada|b0b/i);
    const { state, failedAtMs, expireAtMs, eraseAtMs, error, audit } = scrubbed;
    assert.deepEqual([state, failedAtMs, expireAtMs, eraseAtMs], ['dead', NOW, null, null]);
    assert.equal(error?.code, 'TORN');
    assert.deepEqual(
      Object.entries(scrubbed.steps).map(([name, step]) => [name, step.state, step.tries]),
      [
        ['fold', 'done', 1],
        ['post', 'refused', 1],
        ['seal[2]', 'done', 1],
        ['seal[3]', 'refused', 2],
      ],
    );
    assert.deepEqual(audit, [{ by: '', why: '', atMs: NOW, action: 'replay' }]);
  });

  it('leaves a dead letter alone until then, and any other task', () => {
    assert.equal(scrub(letter, NOW + PERIOD_MS - 1), undefined);
    assert.equal(scrub({ ...running, eraseAtMs: NOW }, NOW + PERIOD_MS), undefined);
    const scrubbed = scrub(letter, NOW + PERIOD_MS);
    assert.equal(scrubbed && scrub(scrubbed, NOW + 2 * PERIOD_MS), undefined);
  });

  it('has no time any more once a dead letter is replayed, discarded or erased', () => {
    for (const record of [
      replay(letter, ACTOR, {}, NOW),
      discard(letter, ACTOR, NOW),
      erase(letter, ACTOR, NOW),
    ]) {
      assert.equal(record?.eraseAtMs, null);
    }
  });
});
