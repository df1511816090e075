import assert from 'node:assert/strict';
import { LostAttemptError } from '../errors.ts';
import type { TaskLedger } from '../ledger/task-ledger.ts';
import { LEASE_MS } from '../ledger/transitions/due-times.ts';
import type { UnclaimedAttempt } from '../ledger/unclaimed-attempt.ts';
import { AttemptHold } from './attempt-hold.ts';

describe('AttemptHold', () => {
  let nowMs: number;
  let overs: number;
  let hold: AttemptHold;
  /** What the ledger does for a claim and for a heartbeat. */
  let claim: () => Promise<void>;
  let beat: () => Promise<void>;
  let calls: string[];

  const ledger = {
    claimLate: async () => {
      calls.push('claim');
      await claim();
    },
    heartbeat: async () => {
      calls.push('beat');
      await beat();
    },
  } as unknown as TaskLedger;
  const create = (isClaimed: boolean): void => {
    const unclaimed = isClaimed ? undefined : ({} as UnclaimedAttempt);
    hold = new AttemptHold({
      ledger,
      attempt: { taskId: 'a', attemptId: 'one', unclaimed },
      monotonicMs: () => nowMs,
      claimSentAtMs: nowMs,
      onLeaseOver: () => {
        overs += 1;
      },
    });
  };
  const isOver = (): boolean => {
    overs = 0;
    hold.checkLease();
    return overs > 0;
  };

  beforeEach(() => {
    nowMs = 5_000;
    overs = 0;
    calls = [];
    claim = async () => {};
    beat = async () => {};
  });
  afterEach(() => hold.release());

  it('stops an attempt whose lease nobody has renewed, by its own clock', () => {
    create(true);
    nowMs += LEASE_MS - 1;
    assert.equal(isOver(), false);
    nowMs += 1;
    assert.equal(isOver(), true);
  });

  it('counts the lease from the moment its renewal was sent, not from its response', async () => {
    create(true);
    beat = async () => {
      nowMs += 10_000;
    };
    await hold.keepAlive();
    assert.deepEqual(calls, ['beat']);
    nowMs = 5_000 + LEASE_MS - 1;
    assert.equal(isOver(), false);
    nowMs += 1;
    assert.equal(isOver(), true);
  });

  it('does not count a renewal that fails', async () => {
    create(true);
    nowMs += 30_000;
    beat = () => Promise.reject(new Error('Firestore is away'));
    await assert.rejects(hold.keepAlive());
    nowMs = 5_000 + LEASE_MS;
    assert.equal(isOver(), true);
  });

  it('has no lease before its claim, and one from then on', async () => {
    create(false);
    nowMs += 10 * LEASE_MS;
    assert.equal(isOver(), false);
    await hold.claim();
    nowMs += LEASE_MS - 1;
    assert.equal(isOver(), false);
    nowMs += 1;
    assert.equal(isOver(), true);
  });

  it('claims once for calls at the same time, then gives signs of life', async () => {
    create(false);
    await Promise.all([hold.claim(), hold.keepAlive(), hold.claim()]);
    assert.deepEqual(calls, ['claim']);
    await hold.claim();
    await hold.keepAlive();
    assert.deepEqual(calls, ['claim', 'beat']);
    assert.equal((await hold.settled()).unclaimed, undefined);
  });

  it('claims again after a claim that failed', async () => {
    create(false);
    claim = () => Promise.reject(new Error('Firestore is away'));
    await assert.rejects(hold.claim());
    assert.notEqual((await hold.settled()).unclaimed, undefined, 'the end finds out whether it was written');
    claim = async () => {};
    await hold.keepAlive();
    assert.deepEqual(calls, ['claim', 'claim']);
  });

  it('ends with a claim that is under way, and with its loss', async () => {
    create(false);
    const losing = Promise.withResolvers<void>();
    claim = () => losing.promise;
    const claiming = hold.claim();
    const ending = hold.settled();
    losing.reject(new LostAttemptError('a', 409));
    await assert.rejects(claiming, { code: 'ATTEMPT_LOST' });
    await assert.rejects(ending, { code: 'ATTEMPT_LOST' });
  });
});
