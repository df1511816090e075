import assert from 'node:assert/strict';
import { defineContract } from '@waybill/contract-kit';
import { pendingLetter } from './pending-letter.ts';
import type { TaskRecord } from './task-record.ts';
import { type FailureKind, fail, finish, heartbeat, stepped } from './transitions/attempt.ts';
import { claim } from './transitions/claim.ts';
import { CONTENTION, contentionCount } from './transitions/contention.ts';
import { dead } from './transitions/death.ts';
import { canBeSent, dueAtOfNewTask, LEASE_MS } from './transitions/due-times.ts';
import { cancel, discard, erase, replay, runNow } from './transitions/operator-actions.ts';
import { overdue } from './transitions/overdue.ts';
import { sent } from './transitions/send.ts';

const contract = defineContract({
  name: 'fold-letter',
  version: 1,
  description: 'Folds a letter.',
  queue: 'letters',
  schema: { type: 'object', additionalProperties: false },
  example: {},
});
const limits = { maxAttempts: 3, maxAgeSeconds: 100 };
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const NOW = 1_800_000_000_000;

const pending = (fields: Partial<TaskRecord> = {}): TaskRecord => ({
  ...pendingLetter(contract, { createdAtMs: NOW, dueAtMs: NOW + MINUTE_MS }),
  ...fields,
});
const running = (fields: Partial<TaskRecord> = {}): TaskRecord =>
  pending({
    state: 'running',
    attemptId: 'one',
    attempts: 1,
    firstAttemptAtMs: NOW,
    leaseUntilMs: NOW + LEASE_MS,
    dueAtMs: NOW + 2 * LEASE_MS,
    ...fields,
  });
const terminal = (['succeeded', 'dead', 'cancelled'] as const).map((state) =>
  pending({ state, dueAtMs: null, attemptId: 'one' }),
);
const first = { generation: 0, attemptId: 'one' };
const second = { generation: 0, attemptId: 'two' };

describe('dueAtOfNewTask()', () => {
  it('looks after an immediate task in a minute, and a delayed one that can be sent as well', () => {
    assert.equal(dueAtOfNewTask(NOW, null), NOW + MINUTE_MS);
    assert.equal(dueAtOfNewTask(NOW, NOW + 29 * DAY_MS), NOW + MINUTE_MS);
  });
  it('looks after a task beyond 29 days when it can be sent', () => {
    assert.equal(dueAtOfNewTask(NOW, NOW + 40 * DAY_MS), NOW + 11 * DAY_MS);
  });
});

describe('canBeSent()', () => {
  it('holds up to 29 days ahead', () => {
    assert.equal(canBeSent(NOW, null), true);
    assert.equal(canBeSent(NOW, NOW + 29 * DAY_MS), true);
    assert.equal(canBeSent(NOW, NOW + 29 * DAY_MS + 1), false);
  });
});

describe('sent()', () => {
  const delayed = pending({ notBeforeMs: NOW + HOUR_MS });
  it('records a delayed task, which is due 10 minutes after its time', () => {
    const record = sent(delayed, 0, NOW);
    assert.equal(record?.sentAtMs, NOW);
    assert.equal(record.dueAtMs, NOW + HOUR_MS + 10 * MINUTE_MS);
  });
  it('costs nothing for an immediate task', () => assert.equal(sent(pending(), 0, NOW), undefined));
  it('leaves alone what went on meanwhile', () => {
    assert.equal(sent(delayed, 1, NOW), undefined);
    assert.equal(sent({ ...delayed, generation: 1 }, 0, NOW), undefined);
    assert.equal(sent({ ...delayed, state: 'running' }, 0, NOW), undefined);
  });
});

describe('claim()', () => {
  it('leases a pending task to the attempt', () => {
    const claimed = claim(pending(), first, limits, NOW);
    assert.equal(claimed.outcome, 'run');
    const { record } = claimed;
    assert.equal(record.state, 'running');
    assert.equal(record.attemptId, 'one');
    assert.equal(record.attempts, 1);
    assert.equal(record.firstAttemptAtMs, NOW);
    assert.equal(record.leaseUntilMs, NOW + MINUTE_MS);
    assert.equal(record.dueAtMs, NOW + 2 * MINUTE_MS);
  });
  it('waits while the lease of another attempt is alive, to its last millisecond', () => {
    const wait = { outcome: 'wait', reason: 'lease-alive' };
    assert.deepEqual(claim(running(), second, limits, NOW), wait);
    assert.deepEqual(claim(running(), second, limits, NOW + LEASE_MS - 1), wait);
  });
  it('takes over when the lease has run out', () => {
    const claimed = claim(running(), second, limits, NOW + LEASE_MS);
    assert.equal(claimed.outcome, 'run');
    assert.equal(claimed.record.attemptId, 'two');
    assert.equal(claimed.record.attempts, 2);
    assert.equal(claimed.record.firstAttemptAtMs, NOW);
  });
  it('recognises its own claim when the transaction is run again', () => {
    const record = running();
    assert.deepEqual(claim(record, first, limits, NOW), { outcome: 'run', record });
  });
  for (const record of terminal) {
    it(`drops a delivery of a ${record.state} task`, () => {
      assert.deepEqual(claim(record, second, limits, NOW), { outcome: 'drop', reason: 'terminal' });
    });
  }
  it('drops a delivery of an older generation, and takes one of the present', () => {
    const resent = pending({ generation: 2 });
    const drop = { outcome: 'drop', reason: 'superseded' };
    assert.deepEqual(claim(resent, { generation: 1, attemptId: 'one' }, limits, NOW), drop);
    assert.equal(claim(resent, { generation: 2, attemptId: 'one' }, limits, NOW).outcome, 'run');
  });
  it('gives up when the attempts are used up, and keeps the last reason', () => {
    const error = { code: 'PAPER_WET', message: 'the paper is wet', atMs: NOW };
    const claimed = claim(pending({ attempts: 3, error }), first, limits, NOW);
    assert.equal(claimed.outcome, 'dead');
    assert.equal(claimed.record.error?.code, 'ATTEMPTS_USED_UP');
    assert.match(claimed.record.error.message, /PAPER_WET: the paper is wet/);
    assert.equal(claim(pending({ attempts: 2 }), first, limits, NOW).outcome, 'run');
  });
  it('gives up when its age is used up', () => {
    const record = pending({ attempts: 1, firstAttemptAtMs: NOW });
    assert.equal(claim(record, first, limits, NOW + 100_000).outcome, 'run');
    const claimed = claim(record, first, limits, NOW + 100_001);
    assert.equal(claimed.outcome, 'dead');
    assert.equal(claimed.record.error?.code, 'AGE_USED_UP');
  });
});

describe('heartbeat()', () => {
  it('begins the lease anew', () => {
    const record = heartbeat(running(), 'one', NOW + 20_000);
    assert.equal(record?.leaseUntilMs, NOW + 20_000 + LEASE_MS);
    assert.equal(record.dueAtMs, NOW + 20_000 + 2 * LEASE_MS);
  });
  it('is refused to another attempt and after the end', () => {
    assert.equal(heartbeat(running(), 'two', NOW), undefined);
    assert.equal(heartbeat(pending({ attemptId: 'one' }), 'one', NOW), undefined);
  });
});

describe('stepped()', () => {
  const step = { state: 'done', tries: 1, startedAtMs: NOW, result: '1' } as const;
  it('keeps a step beside the others', () => {
    const record = stepped(running({ steps: { other: step } }), 'one', 'charge', step);
    assert.deepEqual(record?.steps, { other: step, charge: step });
  });
  it('is refused to another attempt', () =>
    assert.equal(stepped(running(), 'two', 'charge', step), undefined));
});

describe('finish()', () => {
  it('makes the task succeeded, to be kept for 61 days', () => {
    const finished = finish(running({ error: { code: 'X', message: '', atMs: NOW } }), 'one', ['b'], NOW);
    assert.equal(finished.outcome, 'succeeded');
    const { record } = finished;
    assert.equal(record.state, 'succeeded');
    assert.equal(record.dueAtMs, null);
    assert.equal(record.leaseUntilMs, null);
    assert.equal(record.expireAtMs, NOW + 61 * DAY_MS);
    assert.equal(record.error, null);
    assert.deepEqual(record.followUps, ['b']);
  });
  it('holds also after the lease has run out, as long as nobody took over', () => {
    assert.equal(finish(running(), 'one', [], NOW + DAY_MS).outcome, 'succeeded');
  });
  it('recognises its own success when the transaction is run again', () => {
    assert.deepEqual(finish(pending({ state: 'succeeded', attemptId: 'one' }), 'one', [], NOW), {
      outcome: 'already',
    });
  });
  it('is lost to an attempt that took over', () => {
    assert.deepEqual(finish(running(), 'two', [], NOW), { outcome: 'lost', status: 409 });
    assert.deepEqual(finish(pending({ attemptId: 'one' }), 'one', [], NOW), { outcome: 'lost', status: 409 });
    for (const record of terminal) {
      assert.deepEqual(finish(record, 'two', [], NOW), { outcome: 'lost', status: 200 });
    }
  });
});

describe('fail()', () => {
  const failure = (kind: FailureKind) => ({
    kind,
    code: 'PAPER_WET',
    message: 'wet',
  });

  it('gives the lease up for a retry', () => {
    const failed = fail(running(), 'one', failure('retryable'), limits, NOW);
    assert.equal(failed.outcome, 'retry');
    const { record } = failed;
    assert.equal(record.state, 'pending');
    assert.equal(record.leaseUntilMs, null);
    assert.equal(record.attempts, 1);
    assert.deepEqual(record.error, { code: 'PAPER_WET', message: 'wet', atMs: NOW });
    assert.equal(record.dueAtMs, NOW + 10 * MINUTE_MS);
  });
  it('does not count an attempt that is handed back', () => {
    const failed = fail(running({ attempts: 3 }), 'one', failure('stopping'), limits, NOW);
    assert.equal(failed.outcome, 'retry');
    assert.equal(failed.record.attempts, 2);
    assert.equal(failed.record.error, null);
    const old = running({ firstAttemptAtMs: NOW - 100_001 });
    assert.equal(
      fail(old, 'one', failure('stopping'), limits, NOW).outcome,
      'retry',
      'its time may be up, too',
    );
  });
  it('does not count an attempt that met contention, and leaves its own mark in the history', () => {
    const earlier = { code: 'PAPER_WET', message: 'wet', atMs: NOW };
    const record = running({ attempts: 3, error: earlier });
    const failed = fail(record, 'one', { ...failure('contention'), code: CONTENTION }, limits, NOW);
    assert.equal(failed.outcome, 'retry');
    const { attempts, error, leaseUntilMs, dueAtMs, history } = failed.record;
    assert.deepEqual([attempts, error, leaseUntilMs], [2, earlier, null]);
    assert.equal(dueAtMs, NOW + 10 * MINUTE_MS);
    assert.deepEqual(history, [{ atMs: NOW, event: 'handed-back', attempt: 3, code: CONTENTION }]);
    assert.equal(contentionCount(failed.record), 1);
    assert.equal(contentionCount(running()), 0);
  });
  it('gives up what meets contention beyond its age', () => {
    const old = running({ firstAttemptAtMs: NOW - 100_001 });
    const failed = fail(old, 'one', { ...failure('contention'), code: CONTENTION }, limits, NOW);
    assert.equal(failed.outcome, 'dead');
    assert.equal(failed.record.error?.code, 'AGE_USED_UP');
    assert.match(failed.record.error.message, /CONTENTION: wet/);
  });
  it('writes contention in the words that older workers know', () => {
    const failed = fail(running(), 'one', { ...failure('contention'), code: CONTENTION }, limits, NOW);
    assert.equal(failed.outcome, 'retry');
    assert.deepEqual(Object.keys(failed.record).toSorted(), Object.keys(running()).toSorted());
    assert.equal(failed.record.recordVersion, 1);
    const events = ['claimed', 'retry', 'retry-later', 'handed-back', 'succeeded', 'dead'];
    assert.ok(failed.record.history.every(({ event }) => events.includes(event)));
    assert.equal(claim(failed.record, second, limits, NOW).outcome, 'run');
  });
  it('gives up at once if no retry can help', () => {
    const failed = fail(running(), 'one', failure('permanent'), limits, NOW);
    assert.equal(failed.outcome, 'dead');
    assert.equal(failed.record.error?.code, 'PAPER_WET');
    assert.equal(failed.record.failedAtMs, NOW);
    assert.equal(failed.record.dueAtMs, null);
    assert.equal(failed.record.expireAtMs, null);
  });
  it('gives up with the last attempt', () => {
    const failed = fail(running({ attempts: 3 }), 'one', failure('retryable'), limits, NOW);
    assert.equal(failed.outcome, 'dead');
    assert.equal(failed.record.error?.code, 'ATTEMPTS_USED_UP');
  });
  it('is sent anew for a later time if the handler asks for one', () => {
    const later = { ...failure('retryable'), retryAfterSeconds: 90 };
    const pinned = running({ route: { service: 'worker', version: 'v2' } });
    const failed = fail(pinned, 'one', later, limits, NOW);
    assert.equal(failed.outcome, 'retry-later');
    const { record } = failed;
    assert.equal(record.state, 'pending');
    assert.equal(record.generation, 1);
    assert.equal(record.notBeforeMs, NOW + 90_000);
    assert.equal(record.route.version, null, 'a delayed task follows the version that serves');
    assert.equal(fail(running({ attempts: 3 }), 'one', later, limits, NOW).outcome, 'dead');
  });
  it('recognises its own failure when the transaction is run again', () => {
    for (const state of ['pending', 'dead'] as const) {
      const record = pending({ state, attemptId: 'one' });
      assert.deepEqual(fail(record, 'one', failure('retryable'), limits, NOW), { outcome: 'already' });
    }
  });
  it('is lost to an attempt that took over', () => {
    assert.deepEqual(fail(running(), 'two', failure('permanent'), limits, NOW), {
      outcome: 'lost',
      status: 409,
    });
    const [succeeded] = terminal;
    assert.ok(succeeded);
    assert.deepEqual(fail(succeeded, 'two', failure('permanent'), limits, NOW), {
      outcome: 'lost',
      status: 200,
    });
  });
});

describe('overdue()', () => {
  const later = NOW + 2 * MINUTE_MS;
  const notFound = { task: 'not-found', purgedAtMs: null } as const;

  it('waits longer and longer, up to an hour, for what Cloud Tasks has', () => {
    const once = overdue(pending(), 0, { task: 'found' }, later);
    assert.equal(once.outcome, 'wait');
    assert.equal(once.record.dueAtMs, later + 2 * MINUTE_MS);
    const muchLater = NOW + DAY_MS;
    const often = overdue(pending(), 0, { task: 'found' }, muchLater);
    assert.equal(often.outcome, 'wait');
    assert.equal(often.record.dueAtMs, muchLater + HOUR_MS);
  });
  it('recognises that a delayed task was sent', () => {
    const settled = overdue(pending({ notBeforeMs: NOW + HOUR_MS }), 0, { task: 'found' }, later);
    assert.equal(settled.outcome, 'wait');
    assert.equal(settled.record.dueAtMs, NOW + HOUR_MS + 10 * MINUTE_MS);
  });
  it('sends under a new name what Cloud Tasks does not have', () => {
    const settled = overdue(pending(), 0, notFound, later);
    assert.equal(settled.outcome, 'send');
    assert.equal(settled.record.generation, 1);
    assert.equal(settled.record.state, 'pending');
    assert.equal(settled.record.dueAtMs, later + MINUTE_MS);
  });
  it('does the same for an attempt that died', () => {
    const settled = overdue(running(), 0, notFound, NOW + 2 * LEASE_MS);
    assert.equal(settled.outcome, 'send');
    assert.equal(settled.record.state, 'pending');
    assert.equal(settled.record.leaseUntilMs, null);
  });
  it('gives up what was purged after it was sent, and only that', () => {
    const settled = overdue(pending(), 0, { task: 'not-found', purgedAtMs: NOW }, later);
    assert.equal(settled.outcome, 'dead');
    assert.equal(settled.record.error?.code, 'PURGED');
    const before = overdue(pending(), 0, { task: 'not-found', purgedAtMs: NOW - 1 }, later);
    assert.equal(before.outcome, 'send');
    const sentAgain = pending({ sentAtMs: NOW + MINUTE_MS });
    assert.equal(overdue(sentAgain, 0, { task: 'not-found', purgedAtMs: NOW }, later).outcome, 'send');
  });
  it('sends what survives a purge under a new name, with its attempts and steps', () => {
    const refund = { state: 'done', tries: 1, startedAtMs: NOW, result: '"re_1"' } as const;
    const record = pending({ attempts: 2, firstAttemptAtMs: NOW, steps: { refund } });
    const purged = { task: 'not-found', purgedAtMs: NOW } as const;
    const settled = overdue(record, 0, purged, later, true);
    assert.equal(settled.outcome, 'send');
    const { state, generation, error, attempts, steps, sentAtMs, history } = settled.record;
    assert.deepEqual([state, generation, error, attempts], ['pending', 1, null, 2]);
    assert.deepEqual(steps, record.steps);
    assert.equal(sentAtMs, later);
    assert.deepEqual(history.at(-1), { atMs: later, event: 'sent-again', attempt: 2, code: 'PURGED' });
    const found = overdue(record, 0, { task: 'found' }, later, true);
    assert.equal(found.outcome, 'wait');
  });
  it('arms what was too far ahead to be sent, whatever its queue was purged of meanwhile', () => {
    const armedAtMs = NOW + 11 * DAY_MS;
    const purged = { task: 'not-found', purgedAtMs: NOW + DAY_MS } as const;
    const farAhead = pending({ notBeforeMs: NOW + 40 * DAY_MS, dueAtMs: armedAtMs });
    const settled = overdue(farAhead, 0, purged, armedAtMs);
    assert.equal(settled.outcome, 'send');
    assert.equal(settled.record.notBeforeMs, NOW + 40 * DAY_MS);
    assert.equal(settled.record.sentAtMs, armedAtMs);
    const armed = { ...settled.record, dueAtMs: armedAtMs + HOUR_MS };
    const purgedLater = { task: 'not-found', purgedAtMs: armedAtMs + MINUTE_MS } as const;
    assert.equal(overdue(armed, 1, purgedLater, armedAtMs + HOUR_MS).outcome, 'dead');
  });
  it('leaves alone what went on meanwhile', () => {
    const skip = { outcome: 'skip' };
    assert.deepEqual(overdue(pending({ generation: 1 }), 0, notFound, later), skip);
    assert.deepEqual(overdue(pending({ dueAtMs: later + 1 }), 0, notFound, later), skip);
    for (const record of terminal) assert.deepEqual(overdue(record, 0, notFound, later), skip);
  });
});

describe('dead()', () => {
  it('keeps a bounded history', () => {
    let record = pending();
    for (let attempt = 0; attempt < 50; attempt += 1) {
      record = dead(record, { code: 'X', message: '', atMs: NOW + attempt }, NOW + attempt);
    }
    assert.equal(record.history.length, 30);
    assert.equal(record.history.at(-1)?.atMs, NOW + 49);
  });
});

describe('what an operator does', () => {
  const actor = { by: 'ada@example.com', why: 'a test' };
  const audit = (action: string) => [{ ...actor, atMs: NOW, action }];
  const letter = dead(running({ attempts: 3 }), { code: 'PAPER_WET', message: 'wet', atMs: NOW }, NOW);
  const done = terminal.filter(({ state }) => state !== 'dead');

  it('cancels what no attempt holds, and nothing else', () => {
    for (const open of [pending(), running({ leaseUntilMs: NOW })]) {
      const record = cancel(open, actor, NOW);
      assert.equal(record?.state, 'cancelled');
      assert.equal(record.dueAtMs, null);
      assert.ok(record.expireAtMs !== null);
      assert.deepEqual(record.audit, audit('cancel'));
    }
    for (const other of [running(), ...terminal]) assert.equal(cancel(other, actor, NOW), undefined);
  });

  it('replays what is dead with all its attempts, under a new name, on the version that serves', () => {
    const steps = { charge: { state: 'done', tries: 1, startedAtMs: NOW, result: '1' } } as const;
    const record = replay({ ...letter, steps, route: { service: 'worker', version: 'v1' } }, actor, {}, NOW);
    assert.equal(record?.state, 'pending');
    assert.equal(record.generation, 1);
    assert.equal(record.attempts, 0);
    assert.equal(record.firstAttemptAtMs, null);
    assert.equal(record.failedAtMs, null);
    assert.equal(record.dueAtMs, NOW + MINUTE_MS);
    assert.equal(record.route.version, null);
    assert.deepEqual(record.steps, steps, 'what was done is not done again');
    assert.deepEqual(record.audit, audit('replay'));
    for (const other of [pending(), running(), ...done]) {
      assert.equal(replay(other, actor, {}, NOW), undefined);
    }
  });

  it('replays with an edited payload', () => {
    const edited = { payload: '{"a":1}', payloadHash: 'h', schemaHash: 's' };
    const record = replay(letter, actor, { edited }, NOW);
    assert.equal(record?.payload, '{"a":1}');
    assert.equal(record.payloadHash, 'h');
    assert.equal(record.schemaHash, 's');
    assert.deepEqual(record.audit, audit('replay-mended'));
  });

  it('replays by what a person has found out of a call that may have happened', () => {
    const started = { state: 'started', tries: 1, startedAtMs: NOW, result: null } as const;
    const unknown = {
      ...letter,
      steps: { charge: started, mail: { ...started, atMostOnce: true } },
    } as const;
    const happened = replay(unknown, actor, { verdict: 'happened' }, NOW);
    assert.deepEqual(happened?.steps, { charge: started, mail: { ...started, state: 'done' } });
    assert.deepEqual(happened.audit, [{ ...actor, atMs: NOW, action: 'replay', verdict: 'happened' }]);
    const not = replay(unknown, actor, { verdict: 'did-not-happen' }, NOW);
    assert.deepEqual(not?.steps, { charge: started, mail: { ...started, state: 'refused' } });
  });

  it('records that a pending task is run now, and changes nothing else', () => {
    assert.deepEqual(runNow(pending(), actor, NOW), { ...pending(), audit: audit('run-now') });
    for (const other of [running(), ...terminal]) assert.equal(runNow(other, actor, NOW), undefined);
  });

  it('discards what is dead, and nothing else', () => {
    const record = discard(letter, actor, NOW);
    assert.equal(record?.state, 'discarded');
    assert.ok(record.expireAtMs !== null);
    assert.deepEqual(record.audit, audit('discard'));
    for (const other of [pending(), running(), ...done]) assert.equal(discard(other, actor, NOW), undefined);
  });

  it('erases the message of a refused step, and keeps its code', () => {
    const error = { code: 'DECLINED', message: 'The card of ada was declined' };
    const charge = {
      state: 'refused',
      tries: 1,
      startedAtMs: NOW,
      refusedAtMs: NOW,
      result: null,
      error,
    } as const;
    const record = erase({ ...letter, steps: { charge } }, actor, NOW);
    assert.deepEqual(record?.steps['charge']?.error, { code: 'DECLINED', message: '' });
  });

  it('erases what is personal of a terminal task, and keeps that it ran', () => {
    const steps = { charge: { state: 'done', tries: 1, startedAtMs: NOW, result: '"ada"' } } as const;
    const record = erase({ ...letter, payload: '{"email":"ada"}', steps }, actor, NOW);
    assert.ok(record);
    assert.ok(!JSON.stringify({ ...record, audit: [] }).includes('ada'));
    assert.equal(record.state, 'discarded');
    assert.ok(record.expireAtMs !== null);
    assert.equal(record.attempts, 3);
    assert.equal(record.steps['charge']?.state, 'done');
    assert.deepEqual(record.history, []);
    for (const other of [pending(), running()]) assert.equal(erase(other, actor, NOW), undefined);
  });
});
