import assert from 'node:assert/strict';
import { isAppEngineQueueYaml, keepsQueuesPaused, parseAppEngineQueues } from './app-engine-queues.ts';

const parse = (text: string) => parseAppEngineQueues('queue.yaml', text);

describe('parseAppEngineQueues()', () => {
  it('converts every field as gcloud app deploy does', () => {
    const text = `
total_storage_limit: 120M
queue:
- name: orders
  rate: 30/m
  bucket_size: 40
  max_concurrent_requests: 10
  target: v1.worker
  mode: push
  retry_parameters:
    task_retry_limit: 5
    task_age_limit: 2d
    min_backoff_seconds: 10
    max_backoff_seconds: 300.5
    max_doublings: 0
`;
    assert.deepEqual(parse(text), [
      {
        name: 'orders',
        maxBurstSize: 40,
        values: {
          'rateLimits.maxDispatchesPerSecond': 0.5,
          'rateLimits.maxConcurrentDispatches': 10,
          'appEngineRoutingOverride.service': 'worker',
          'appEngineRoutingOverride.version': 'v1',
          'retryConfig.maxAttempts': 6,
          'retryConfig.maxRetryDuration': 172_800_000_000,
          'retryConfig.minBackoff': 10_000_000,
          'retryConfig.maxBackoff': 300_500_000,
          'retryConfig.maxDoublings': 0,
        },
      },
    ]);
  });

  it('gives a queue with a rate alone the defaults of gcloud app deploy', () => {
    assert.deepEqual(parse('queue: [{name: a, rate: 10/s}]'), [
      {
        name: 'a',
        maxBurstSize: 5,
        values: {
          'rateLimits.maxDispatchesPerSecond': 10,
          'rateLimits.maxConcurrentDispatches': 1_000,
          'retryConfig.maxAttempts': -1,
          'retryConfig.minBackoff': 100_000,
          'retryConfig.maxBackoff': 3_600_000_000,
          'retryConfig.maxDoublings': 16,
        },
      },
    ]);
  });

  it('pauses a queue with the rate 0, and cuts rates at the maximum', () => {
    const [paused, fast] = parse('queue: [{name: a, rate: 0}, {name: b, rate: 9000/s}]');
    assert.equal(paused?.state, 'PAUSED');
    assert.equal(paused?.values['rateLimits.maxDispatchesPerSecond'], undefined);
    assert.equal(fast?.values['rateLimits.maxDispatchesPerSecond'], 500);
  });

  for (const text of ['', 'queue:', 'queue: []', 'total_storage_limit: 1G']) {
    it(`reads no queue from ${JSON.stringify(text)}`, () => assert.deepEqual(parse(text), []));
  }

  it('names every problem with its line', () => {
    const text = `
total_storage_limit: lots
queue:
- name: a b
  rate: fast
  colour: red
- rate: 5/s
  mode: pull
  bucket_size: 1.5
  retry_parameters:
    task_age_limit: 2 days
    min_backoff_seconds: 10
    max_backoff_seconds: 5
- name: c
- name: d
  rate: 1/s
- name: d
  rate: 1/s
-
`;
    assert.throws(
      () => parse(text),
      (error: Error & { problems: string[] }) => {
        assert.equal(error.name, 'QueueFileError');
        const expected = [
          /^line 2: total_storage_limit must be such as 120M/,
          /^line 4: name must be 1 to 100 letters/,
          /^line 5: rate must be a number and a unit/,
          /^line 6: unknown key "colour"/,
          /^line 7: a queue must have a name/,
          /^line 8: queue "" is a pull queue/,
          /^line 9: bucket_size must be a whole number/,
          /^line 11: task_age_limit must be/,
          /^line 12: min_backoff_seconds must be at most/,
          /^line 14: queue "c" must have a rate/,
          /^line 17: queue "d" is listed twice/,
          /^line 19: a queue must be a mapping/,
        ];
        assert.equal(error.problems.length, expected.length, error.message);
        for (const [index, pattern] of expected.entries()) assert.match(error.problems[index] ?? '', pattern);
        return true;
      },
    );
  });

  it('names a syntax error', () => {
    assert.throws(() => parse('queue: [}'), { name: 'QueueFileError' });
  });
});

describe('isAppEngineQueueYaml()', () => {
  for (const [text, expected] of [
    ['queue:\n- name: a', true],
    ['total_storage_limit: 1M', true],
    ['queues:\n- name: a', false],
    ['', false],
    ['[', false],
  ] as const) {
    it(`${expected ? 'knows' : 'does not take'} ${JSON.stringify(text)}`, () =>
      assert.equal(isAppEngineQueueYaml('queue.yaml', text), expected));
  }
});

describe('keepsQueuesPaused()', () => {
  for (const [text, expected] of [
    ['resume_paused_queues: False\nqueue: []', true],
    ['resume_paused_queues: "false"', true],
    ['resume_paused_queues: True', false],
    ['queue: []', false],
    ['', false],
  ] as const) {
    it(`is ${expected} for ${JSON.stringify(text)}`, () =>
      assert.equal(keepsQueuesPaused('queue.yaml', text), expected));
  }
});
