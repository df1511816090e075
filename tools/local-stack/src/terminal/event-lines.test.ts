import assert from 'node:assert/strict';
import { readLogLine } from '../events/read-log-line.ts';
import { createEventLines } from './event-lines.ts';

describe('createEventLines()', () => {
  const at = new Date(2026, 10, 21, 12, 3, 4).getTime();
  const show = (line: object | string, options: { atMs?: number; stream?: 'stdout' | 'stderr' } = {}) =>
    createEventLines()({
      sequence: 1,
      atMs: options.atMs ?? at,
      source: 'worker',
      ...readLogLine(typeof line === 'string' ? line : JSON.stringify(line), options.stream ?? 'stdout'),
    });
  const task = {
    severity: 'INFO',
    message: 'task succeeded',
    time: '2026-11-21T12:03:04.000Z',
    serviceContext: { service: 'worker' },
    event: 'task.succeeded',
    task: 'charge-payment',
    taskId: 'b1',
    subject: `orders/${'5f0c3d1e'.repeat(4)}`,
    attempt: 1,
  };

  it('shows a step of a task', () => {
    assert.deepEqual(show(task), [
      '12:03:04  orders/5f0c3d1e…  charge-payment            succeeded   attempt 1',
    ]);
  });

  it('shows why a task failed, without a stack', () => {
    const error = { message: 'Your card\nwas declined', stack: 'at …', cause: { message: 'HTTP 402' } };
    assert.deepEqual(show({ ...task, severity: 'ERROR', event: 'task.dead', code: 'CARD_DECLINED', error }), [
      '12:03:04  orders/5f0c3d1e…  charge-payment            dead        attempt 1  CARD_DECLINED  Your card was declined: HTTP 402',
    ]);
  });

  it('escapes control characters of names, messages and codes', () => {
    const evil = '\x1b[2J\r\nready\x9b';
    for (const fields of [
      { ...task, subject: `orders/${evil}` },
      { ...task, task: evil },
      { ...task, event: `task.${evil}` },
      { ...task, code: evil, error: { message: evil } },
      { severity: 'ERROR', message: evil },
    ]) {
      const lines = show(fields);
      assert.equal(lines.length, 1);
      assert.doesNotMatch(lines[0] ?? '', /\p{Cc}/u);
      assert.match(lines[0] ?? '', /\\x1b\[2J/);
    }
    assert.doesNotMatch(show(`Warning: ${evil}`, { stream: 'stderr' }).join(), /\p{Cc}/u);
  });

  it('shows a step of an order', () => {
    assert.deepEqual(
      show({
        severity: 'INFO',
        message: 'order placed',
        event: 'order.placed',
        orderId: 'ab',
        status: 'processing',
      }),
      ['12:03:04  orders/ab         order                     placed      processing'],
    );
  });

  it('shows warnings and errors of services, also such as are no JSON', () => {
    assert.deepEqual(show({ severity: 'ERROR', message: 'request failed', error: { message: 'no route' } }), [
      '12:03:04  worker                  error  request failed  no route',
    ]);
    assert.deepEqual(show('(node:1) Warning: {', { stream: 'stderr' }), [
      '12:03:04  worker                  warning  (node:1) Warning: {',
    ]);
  });

  it('shows nothing else', () => {
    assert.deepEqual(show({ severity: 'INFO', message: 'request handled' }), []);
    assert.deepEqual(show('listening'), []);
    assert.deepEqual(show('{"half a line'), []);
  });

  it('shows that a process died, and that it is back; not its first start', () => {
    const linesOf = createEventLines();
    const step = (state: string, message: string) =>
      linesOf({
        ...{ sequence: 1, atMs: at, source: 'mailbox', severity: 'INFO', fields: {} },
        event: `process.${state}`,
        message,
      });
    assert.deepEqual(step('ready', 'listens on port 1'), []);
    assert.deepEqual(step('died', 'signal SIGKILL; starting again at once'), [
      '12:03:04  mailbox                 died: signal SIGKILL; starting again at once',
    ]);
    assert.deepEqual(step('started', 'process 2'), []);
    assert.deepEqual(step('ready', 'listens on port 1'), [
      '12:03:04  mailbox                 ready: listens on port 1',
    ]);
    assert.deepEqual(step('stopped', 'exit code 0'), []);
  });

  it('says when another day has come', () => {
    const linesOf = createEventLines();
    const event = { sequence: 1, source: 'worker', ...readLogLine(JSON.stringify(task), 'stdout') };
    assert.equal(linesOf({ ...event, atMs: at }).length, 1);
    assert.equal(linesOf({ ...event, atMs: at + 86_400_000 })[0], '--- Sun Nov 22 2026');
  });
});
