import assert from 'node:assert/strict';
import { LogSink } from '../../test/log-sink.ts';
import { ServiceError } from '../http/service-error.ts';
import { createLogger, LOG_LEVELS, type LoggerOptions } from './logger.ts';
import { readTrace } from './trace.ts';

describe('createLogger()', () => {
  let sink: LogSink;
  const logger = (options: Partial<LoggerOptions> = {}) =>
    createLogger({
      service: 'worker',
      version: 'v7',
      destination: sink,
      clockNowMs: () => Date.UTC(2026, 10, 3),
      ...options,
    });

  beforeEach(() => {
    sink = new LogSink();
  });

  it("writes Cloud Logging's fields", () => {
    logger().info('task finished', { taskId: 't1' });
    assert.deepEqual(sink.lines, [
      {
        severity: 'INFO',
        time: '2026-11-03T00:00:00.000Z',
        serviceContext: { service: 'worker', version: 'v7' },
        taskId: 't1',
        message: 'task finished',
      },
    ]);
  });

  it('writes each level with its severity', () => {
    const log = logger({ level: 'debug' });
    for (const level of LOG_LEVELS) log[level]('m');
    assert.deepEqual(
      sink.lines.map((line) => line['severity']),
      ['DEBUG', 'INFO', 'NOTICE', 'WARNING', 'ERROR', 'CRITICAL'],
    );
  });

  it('writes nothing below its level', () => {
    const log = logger({ level: 'warning' });
    log.notice('m');
    log.child({ a: 1 }).info('m');
    assert.equal(sink.lines.length, 0);
  });

  it("adds a child's fields, the line's own winning, each key once", () => {
    const text: string[] = [];
    const log = logger({ destination: { write: (line) => text.push(line) } }).child({
      task: 'a',
      attempt: 1,
    });
    log.child({ attempt: 2 }).info('m', { attempt: 3 });
    assert.equal(text[0]?.match(/"attempt"/g)?.length, 1);
    assert.partialDeepStrictEqual(JSON.parse(text[0] ?? ''), { task: 'a', attempt: 3 });
  });

  it("keeps a field from taking the line's own names", () => {
    const text: string[] = [];
    logger({ destination: { write: (line) => text.push(line) } }).info('real', {
      message: 'forged',
      severity: 'forged',
      time: 'forged',
    });
    const line = JSON.parse(text[0] ?? '');
    assert.equal(line.message, 'real');
    assert.equal(line.severity, 'INFO');
    assert.equal(line.message_, 'forged');
    assert.equal(text[0]?.match(/"message":/g)?.length, 1);
  });

  it('writes an error with code, stack, causes, and its stack where Error Reporting looks', () => {
    const root = Object.assign(new Error('refused'), { code: 14 });
    const middle = new Error('no connection', { cause: root });
    const error = new ServiceError({ code: 'LEDGER_AWAY', status: 503, message: 'm', cause: middle });
    logger().error('request failed', { error });
    const [line] = sink.lines;
    assert.partialDeepStrictEqual(line?.error, {
      code: 'LEDGER_AWAY',
      retryable: true,
      stack: error.stack,
      cause: { message: 'no connection', cause: { message: 'refused', code: 14 } },
    });
    assert.match(error.stack ?? '', /logger\.test\.ts/);
    assert.equal(line?.['stack_trace'], error.stack);
  });

  it('keeps a warning out of Error Reporting', () => {
    logger().warning('m', { error: new Error('x') });
    assert.equal(sink.lines[0]?.['stack_trace'], undefined);
    assert.ok(sink.lines[0]?.['error']);
  });

  it('survives what JSON has no words for', () => {
    const circular: Record<string, unknown> = { big: 12n, nothing: undefined, fn: () => 1 };
    circular['self'] = circular;
    const loop = new Error('loop');
    loop.cause = loop;
    logger().error('m', { circular, error: loop, thrown: new TypeError('t') });
    logger().error('m', { error: 'a text was thrown' });
    logger().error('m', { error: null });
    const [first, second, third] = sink.lines;
    assert.partialDeepStrictEqual(first, {
      circular: { big: 12 },
      error: { message: 'loop' },
      thrown: { name: 'TypeError' },
    });
    assert.equal(second?.error?.message, 'a text was thrown');
    assert.equal(third?.error?.message, 'null');
  });

  it('survives errors that can not be read', () => {
    const { proxy, revoke } = Proxy.revocable(new Error('x'), {});
    revoke();
    logger().error('m', { error: proxy });
    logger().error('m', { error: Object.assign(new Error(), { message: null, code: 'A'.repeat(300_000) }) });
    const [first, second] = sink.lines;
    assert.equal(first?.error?.message, 'The thrown value can not be read');
    assert.equal(second?.error?.message, 'null');
    assert.ok(JSON.stringify(second).length < 50_000);
  });

  it('joins a line to its trace by the full name of the project', () => {
    const trace = readTrace({ 'x-cloud-trace-context': '105445aa7843bc8bf206b12000100000/255;o=1' });
    logger({ project: 'demo' }).child({ trace }).info('m');
    logger().info('m', { trace });
    const [withProject, without] = sink.lines;
    assert.equal(
      withProject?.['logging.googleapis.com/trace'],
      'projects/demo/traces/105445aa7843bc8bf206b12000100000',
    );
    assert.equal(withProject?.['logging.googleapis.com/spanId'], '00000000000000ff');
    assert.equal(withProject?.['logging.googleapis.com/trace_sampled'], true);
    assert.equal(withProject?.['trace'], undefined);
    assert.equal(without?.['traceId'], '105445aa7843bc8bf206b12000100000');
  });
});
