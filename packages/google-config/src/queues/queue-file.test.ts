import assert from 'node:assert/strict';
import { join } from 'node:path';
import { physicalQueues } from './physical-queues.ts';
import { parseQueueFile, QueueFileError, readQueueFile } from './queue-file.ts';

function problemsOf(text: string): readonly string[] {
  try {
    parseQueueFile('queues.yaml', text);
  } catch (error) {
    assert.ok(error instanceof QueueFileError);
    assert.match(error.message, /^queues\.yaml cannot be used:/);
    return error.problems;
  }
  return assert.fail('the file was accepted');
}

describe('parseQueueFile()', () => {
  it('reads every field, in the names of the API', () => {
    const { queues, unmanaged } = parseQueueFile(
      'queues.yaml',
      `queues:
  - name: orders
    rateLimits: { maxDispatchesPerSecond: 0.5, maxConcurrentDispatches: 5 }
    retryConfig:
      maxAttempts: -1
      maxRetryDuration: 3600s
      minBackoff: 0.5s
      maxBackoff: 300s
      maxDoublings: 4
    appEngineRoutingOverride: { service: worker, version: v2, instance: '1' }
    stackdriverLoggingConfig: { samplingRatio: 0.25 }
  - name: plain
unmanaged: [reports, 'firebase-*']`,
    );
    assert.deepEqual(queues, [
      {
        name: 'orders',
        values: {
          'rateLimits.maxDispatchesPerSecond': 0.5,
          'rateLimits.maxConcurrentDispatches': 5,
          'retryConfig.maxAttempts': -1,
          'retryConfig.maxRetryDuration': 3_600_000_000,
          'retryConfig.minBackoff': 500_000,
          'retryConfig.maxBackoff': 300_000_000,
          'retryConfig.maxDoublings': 4,
          'appEngineRoutingOverride.service': 'worker',
          'appEngineRoutingOverride.version': 'v2',
          'appEngineRoutingOverride.instance': '1',
          'stackdriverLoggingConfig.samplingRatio': 0.25,
        },
      },
      { name: 'plain', values: {} },
    ]);
    assert.deepEqual(unmanaged, ['reports', 'firebase-*']);
  });

  it("reads this repository's own queues", () => {
    const { queues } = readQueueFile(join(import.meta.dirname, '../../../../queue-config/queues.yaml'));
    assert.ok(queues.length > 0);
  });

  it('names every problem with its line and field', () => {
    assert.deepEqual(
      problemsOf(`queues:
  - name: bad_name
    rateLimits: { maxDispatchesPerSecond: 501, speed: 1 }
  - name: orders
    retryConfig:
      minBackoff: 10
      maxDoublings: 1.5
      maxBackoff: 0s
  - name: orders
  - rateLimits: 5
  - name: slow
    retryConfig: { minBackoff: 5000s }
  - name: report-daily
    appEngineRoutingOverride: { service: }
    stackdriverLoggingConfig: { samplingRatio: 1.5 }
unmanaged: [ 'report*', 5 ]
extra: 1`),
      [
        'line 2: queues[0].name must be 1 to 100 letters, digits and hyphens, got "bad_name"',
        'line 3: queues[0].rateLimits.speed is not known; there are: maxDispatchesPerSecond, maxConcurrentDispatches',
        'line 3: queues[0].rateLimits.maxDispatchesPerSecond must be a number from 0 to 500, got 501; a queue that needs more can be divided by shards: 2',
        'line 6: queues[1].retryConfig.minBackoff must be a duration such as 10s, got 10',
        'line 7: queues[1].retryConfig.maxDoublings must be a whole number from 0 to 2147483647, got 1.5',
        'line 8: queues[1].retryConfig.maxBackoff is 0, which means the default: leave it out',
        'line 9: queues[2].name "orders" is there already',
        'line 10: queues[3].rateLimits must be a mapping, got 5',
        'line 10: queues[3].name is missing',
        'line 12: queues[4].retryConfig.minBackoff must be at most retryConfig.maxBackoff, by default 3600s',
        'line 13: queues[5].name "report-daily" is under unmanaged too, by "report*": say one or the other',
        'line 14: queues[5].appEngineRoutingOverride.service must be a text, got null',
        'line 15: queues[5].stackdriverLoggingConfig.samplingRatio must be a number from 0 to 1, got 1.5',
        `line 16: unmanaged[1] must be a queue's name, or its beginning and *, got 5`,
        'line 17: extra is not known; there are: queues, unmanaged',
      ],
    );
  });

  it('refuses what is no file of queues', () => {
    assert.match(problemsOf('queues:\n  - name: [')[0] ?? '', /^line \d+: /);
    assert.deepEqual(problemsOf('queues:\n  - name: a\n    name: b'), ['line 3: Map keys must be unique']);
    assert.deepEqual(problemsOf('- a'), ['line 1: the file must be a mapping, got a list']);
    assert.deepEqual(problemsOf(''), ['line 1: the file must be a mapping, got nothing']);
    assert.deepEqual(problemsOf('queues:'), ['line 1: queues must be a list, got null']);
    assert.deepEqual(problemsOf('unmanaged: []'), ['line 1: queues is missing']);
    assert.throws(() => readQueueFile('/nowhere/queues.yaml'), {
      message: /^\/nowhere\/queues\.yaml cannot be used:\n {2}it can't be read: ENOENT/,
    });
  });

  it('follows anchors', () => {
    const { queues } = parseQueueFile(
      'queues.yaml',
      `queues:
  - name: one
    retryConfig: &patient { minBackoff: 10s }
  - { name: two, retryConfig: *patient }`,
    );
    assert.deepEqual(queues[1]?.values, { 'retryConfig.minBackoff': 10_000_000 });
  });

  describe('shards', () => {
    it('divide the rates, and nothing else', () => {
      const { queues } = parseQueueFile(
        'queues.yaml',
        `queues:
  - name: mails
    rateLimits: { maxDispatchesPerSecond: 2500, maxConcurrentDispatches: 100 }
    retryConfig: { maxDoublings: 5 }
    shards: 5`,
      );
      const physical = queues.flatMap(physicalQueues);
      assert.deepEqual(
        physical.map(({ name }) => name),
        ['mails-0', 'mails-1', 'mails-2', 'mails-3', 'mails-4'],
      );
      for (const queue of physical) {
        assert.equal(queue.logicalName, 'mails');
        assert.deepEqual(queue.values, {
          'rateLimits.maxDispatchesPerSecond': 500,
          'rateLimits.maxConcurrentDispatches': 20,
          'retryConfig.maxDoublings': 5,
        });
      }
    });

    it('must divide the rates evenly, be from 2 to 100, and have names of their own', () => {
      assert.deepEqual(
        problemsOf(`queues:
  - { name: a, shards: 3, rateLimits: { maxDispatchesPerSecond: 1000, maxConcurrentDispatches: 10 } }
  - { name: b, shards: 1 }
  - { name: c, shards: 2 }
  - { name: c-1 }
  - { name: d, shards: 2, rateLimits: { maxDispatchesPerSecond: 1001 } }`),
        [
          'line 2: queues[0].rateLimits.maxDispatchesPerSecond must divide into 3 shards in parts of whole thousandths, got 1000; near it: 999.999, 1000.002',
          'line 2: queues[0].rateLimits.maxConcurrentDispatches must divide into 3 shards in whole parts, got 10; near it: 9, 12',
          'line 3: queues[1].shards must be a whole number from 2 to 100, or left out for one queue, got 1',
          'line 5: queues[3].name "c-1" is there already, as a queue of "c"',
          'line 6: queues[4].rateLimits.maxDispatchesPerSecond must be a number from 0 to 1000, got 1001; a queue that needs more can be divided by shards: 3',
        ],
      );
    });
  });
});
