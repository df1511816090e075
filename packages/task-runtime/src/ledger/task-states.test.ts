import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineContract } from '@waybill/contract-kit';
import { pendingLetter } from './pending-letter.ts';
import { problemOfRecord } from './record-form.ts';
import type { TaskRecord } from './task-record.ts';
import { type AttemptFailure, fail, finish, heartbeat, stepped } from './transitions/attempt.ts';
import { claimLate, mayClaimLater } from './transitions/claim.ts';
import { dead, uncompensated } from './transitions/death.ts';
import { receive, receiveUnknown } from './transitions/delivery.ts';
import { dueAtOfNewTask, LEASE_MS } from './transitions/due-times.ts';
import { cancel, discard, erase, replay, runNow } from './transitions/operator-actions.ts';
import { type Finding, overdue } from './transitions/overdue.ts';
import { scrub } from './transitions/scrub.ts';
import { sent } from './transitions/send.ts';
import { recheckUnreadable, settleUnreadable } from './transitions/unreadable.ts';

const NOW = 1_800_000_000_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const ACTOR = { by: 'ada', why: 'a test' };
const limits = { maxAttempts: 3, maxAgeSeconds: 3_600 };
const contract = defineContract({
  name: 'fold-letter',
  version: 1,
  description: 'Folds a letter.',
  queue: 'letters',
  limits,
  schema: { type: 'object', additionalProperties: false },
  example: {},
});

const pending = (fields: Partial<TaskRecord> = {}): TaskRecord => ({
  ...pendingLetter(contract, { createdAtMs: NOW - 2 * MINUTE_MS, dueAtMs: NOW - MINUTE_MS }),
  ...fields,
});
const begun = { attemptId: 'one', attempts: 1, firstAttemptAtMs: NOW - MINUTE_MS } as const;
const running = (fields: Partial<TaskRecord> = {}): TaskRecord =>
  pending({ state: 'running', ...begun, leaseUntilMs: NOW + LEASE_MS, dueAtMs: NOW + MINUTE_MS, ...fields });
const letter = dead(running(), { code: 'X', message: '', atMs: NOW }, NOW);
const expired = { ...letter, eraseAtMs: NOW };
const delayed = pending({ notBeforeMs: NOW + 60 * MINUTE_MS });
const delivery = (generation = 0, attemptId = 'two') => ({
  generation,
  attemptId,
  body: {},
  bodyProblem: undefined,
  adopted: false,
  hasProducersName: false,
});
const failure = (kind: AttemptFailure['kind'], code = 'X'): AttemptFailure => ({ kind, code, message: '' });
const notFound: Finding = { task: 'not-found', purgedAtMs: null };
const purged: Finding = { task: 'not-found', purgedAtMs: NOW };

/** A transition's result: the record, or what it says of it; undefined where it writes none. */
type Result = object | undefined;
const recordOf = (result: Result, before: TaskRecord): TaskRecord => {
  if (result === undefined) return before;
  if ('recordVersion' in result) return result as TaskRecord;
  return (result as { readonly record?: TaskRecord }).record ?? before;
};

/** Each row of the page that is a transition: what it is of, by its first two columns, and how to make it happen. */
const rows: readonly (readonly [state: string, event: string, before: TaskRecord, result: Result])[] = [
  ['–', 'enqueue, in the producer', pending(), pending({ dueAtMs: dueAtOfNewTask(NOW, null) })],
  ['pending', 'delayed and sent', delayed, sent(delayed, 0, NOW)],
  [
    'pending, never begun',
    'first delivery of the first',
    pending(),
    mayClaimLater(pending(), 0) ? undefined : letter,
  ],
  [
    'pending, or lease expired',
    'retry, later generation',
    pending(),
    receive(pending(), delivery(), contract, NOW),
  ],
  [
    'the same',
    'the same; limits used up',
    pending({ attempts: 3 }),
    receive(pending({ attempts: 3 }), delivery(), contract, NOW),
  ],
  [
    'the same',
    'the same; payload violates the schema',
    pending(),
    receive(pending({ payload: '{"a":1}' }), delivery(), contract, NOW),
  ],
  [
    'the same',
    'the same; payload violates another',
    pending(),
    receive(pending({ payload: '{"a":1}', schemaHash: 'x' }), delivery(), contract, NOW),
  ],
  ['running', 'delivery; lease alive', running(), receive(running(), delivery(), contract, NOW)],
  ['running', 'delivery; own claim', running(), receive(running(), delivery(0, 'one'), contract, NOW)],
  ['terminal, or a later generation', 'delivery', letter, receive(letter, delivery(), contract, NOW)],
  [
    'earlier generation than delivered',
    'delivery: the record is from',
    pending(),
    receive(pending(), delivery(2), contract, NOW),
  ],
  [
    'any, or no record',
    'delivery of an unknown contract',
    pending(),
    receiveUnknown(pending(), 0, contract, NOW),
  ],
  [
    'pending, unclaimed',
    'first step, or 1 s has passed',
    pending(),
    claimLate(pending(), { generation: 0, attemptId: 'two' }, NOW),
  ],
  [
    'pending, unclaimed',
    'the same; another attempt has begun',
    running(),
    claimLate(running(), { generation: 0, attemptId: 'two' }, NOW),
  ],
  [
    'pending, unclaimed',
    'finish; the record is unchanged',
    pending(),
    finish(claimLate(pending(), { generation: 0, attemptId: 'two' }, NOW), 'two', [], NOW),
  ],
  ['running', 'heartbeat; own', running(), heartbeat(running(), 'one', NOW)],
  [
    'running',
    'the lease is over by',
    running(),
    fail(running(), 'one', failure('retryable', 'LEASE_EXPIRED'), limits, NOW),
  ],
  [
    'running',
    'step; own',
    running(),
    stepped(running(), 'one', 'press', { state: 'done', tries: 1, startedAtMs: NOW, result: null }),
  ],
  ['running', 'finish; own', running(), finish(running(), 'one', [], NOW)],
  ['running', 'finish with a declared outcome', running(), finish(running(), 'one', [], NOW, 'torn')],
  ['running', 'retryable failure; own', running(), fail(running(), 'one', failure('retryable'), limits, NOW)],
  [
    'running',
    'the same, with a time of its own',
    running(),
    fail(running(), 'one', { ...failure('retryable'), retryAfterSeconds: 60 }, limits, NOW),
  ],
  ['running', 'SIGTERM; own', running(), fail(running(), 'one', failure('stopping'), limits, NOW)],
  ['running', 'contention in a step', running(), fail(running(), 'one', failure('contention'), limits, NOW)],
  ['running', 'permanent failure', running(), fail(running(), 'one', failure('permanent'), limits, NOW)],
  [
    'running',
    'outcome unknown; own',
    running(),
    fail(running(), 'one', failure('permanent', 'OUTCOME_UNKNOWN'), limits, NOW),
  ],
  [
    'pending, or running',
    'given up, and onDead fails',
    running(),
    uncompensated(running(), running(), '', NOW),
  ],
  [
    'pending, or lease expired',
    'Cloud Tasks has it',
    pending(),
    overdue(pending(), 0, { task: 'found' }, NOW),
  ],
  ['pending', 'Cloud Tasks has it, delayed', delayed, overdue(delayed, 0, { task: 'found' }, NOW)],
  ['pending, or lease expired', 'not found', pending(), overdue(pending(), 0, notFound, NOW)],
  ['pending', 'not found, its queue purged', pending(), overdue(pending(), 0, purged, NOW)],
  ['pending', 'the same; its contract has', pending(), overdue(pending(), 0, purged, NOW, true)],
  [
    'pending, or lease expired',
    'its queue does not exist',
    pending(),
    overdue(pending(), 0, { task: 'queue-missing' }, NOW),
  ],
  ['any', 'the record has changed since', pending(), overdue(pending({ generation: 1 }), 0, notFound, NOW)],
  ['unknown state, or a later', 'not asked', pending(), { ...pending(), ...recheckUnreadable(NOW) }],
  ['dead', 'replay; payload valid', letter, replay(letter, ACTOR, {}, NOW)],
  ['dead', 'discard', letter, discard(letter, ACTOR, NOW)],
  ['pending', 'run now', pending(), runNow(pending(), ACTOR, NOW)],
  ['pending, or lease expired', 'cancel', pending(), cancel(pending(), ACTOR, NOW)],
  ['terminal', 'erase', letter, erase(letter, ACTOR, NOW)],
  ['dead', 'its period of 61 days', expired, scrub(expired, NOW)],
  ['dead, erased after its period', 'replay', expired, undefined],
];

/** Whether a due time is what the page's column says of it. */
function isDue(text: string, before: TaskRecord, after: TaskRecord): boolean {
  const { dueAtMs, notBeforeMs } = after;
  if (text === '–') return dueAtMs === null;
  if (text === 'same') return dueAtMs === before.dueAtMs;
  if (text.startsWith('+ 60 s')) return dueAtMs === NOW + MINUTE_MS;
  if (text.startsWith('+ 10 min')) return dueAtMs === NOW + 10 * MINUTE_MS;
  if (text === 'lease + 60 s') return dueAtMs === NOW + LEASE_MS + MINUTE_MS;
  if (text === '10 min after its time') return dueAtMs === (notBeforeMs ?? 0) + 10 * MINUTE_MS;
  if (text.startsWith('as long again as it has waited')) return dueAtMs === NOW + 2 * MINUTE_MS;
  throw new Error(`The test does not know the due time "${text}"`);
}

describe('docs/task-states.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/task-states.md'), 'utf8');
  const tables = [...page.matchAll(/^\| state \|.*\n\|[-|]+\n((?:\|.*\n)+)/gm)].map(([table]) =>
    table
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('|-'))
      .map((line) =>
        line
          .slice(1, -1)
          .split('|')
          .map((cell) => cell.trim()),
      ),
  );
  const lines = tables.flatMap(([head = [], ...cells]) =>
    cells.map((line) => Object.fromEntries(head.map((name, index) => [name, line[index] ?? '']))),
  );

  it('lists more than fifty transitions', () => assert.ok(lines.length > 50, `found ${lines.length}`));

  for (const [state, event, before, result] of rows) {
    it(`tells the next state and due time of "${state}": ${event}`, () => {
      const found = lines.filter((line) => {
        const what = line['event; guard'] ?? line['finding'] ?? line['action; guard'] ?? '';
        return line['state']?.startsWith(state) === true && what.startsWith(event);
      });
      const [line] = found.sort((a, b) => (a['state'] ?? '').length - (b['state'] ?? '').length);
      assert.ok(line, 'the page has the row');
      const after = recordOf(result, before);
      const next = line['next'] ?? '';
      const isNext =
        next.split(/[;,] | or /).includes(after.state) ||
        (next.startsWith('same') && (after.state === before.state || next.includes(after.state)));
      assert.ok(isNext, `${next}, and it is ${after.state}`);
      const due = line['dueAt'] ?? '';
      assert.ok(isDue(due, before, after), `${due}, and it is ${(after.dueAtMs ?? 0) - NOW} ms from now`);
      if (after.state === 'succeeded') assert.equal(after.expireAtMs, NOW + 61 * DAY_MS);
      assert.equal(problemOfRecord({ ...after }), undefined, 'each record has the form that is read');
    });
  }

  it('tells of records that can’t be used', () => {
    const unknown = { kind: 'unknown', message: '' } as const;
    const corrupt = { kind: 'corrupt', message: '' } as const;
    assert.equal(settleUnreadable(unknown, 'pending', NOW).outcome, 'wait');
    assert.equal(settleUnreadable(corrupt, 'pending', NOW).outcome, 'dead');
    assert.equal(settleUnreadable(corrupt, 'succeeded', NOW).outcome, 'drop');
  });
});
