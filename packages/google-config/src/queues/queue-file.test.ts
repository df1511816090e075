import assert from 'node:assert/strict';
import { join } from 'node:path';
import { physicalQueues } from './physical-queues.ts';
import { type NumberField, QUEUE_FIELDS } from './queue-fields.ts';
import { parseQueueFile, readQueueFile } from './queue-file.ts';
import { QueueFileError } from './queue-file-error.ts';

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
        'line 3: queues[0].rateLimits.maxDispatchesPerSecond must be a number above 0, up to 500, got 501; a queue that needs more can be divided by shards: 2',
        'line 6: queues[1].retryConfig.minBackoff must be a duration such as 10s, got 10',
        'line 7: queues[1].retryConfig.maxDoublings must be a whole number from 1 to 2147483647, got 1.5',
        'line 8: queues[1].retryConfig.maxBackoff is 0, which means the default: leave it out',
        'line 9: queues[2].name "orders" is there already',
        'line 10: queues[3].rateLimits must be a mapping, got 5',
        'line 10: queues[3].name is missing',
        'line 12: queues[4].retryConfig.minBackoff must be at most retryConfig.maxBackoff, by default 3600s',
        'line 13: queues[5].name "report-daily" is under unmanaged too, by "report*": say one or the other',
        'line 14: queues[5].appEngineRoutingOverride.service must be a text, got null',
        'line 15: queues[5].stackdriverLoggingConfig.samplingRatio must be a number above 0, up to 1, got 1.5',
        `line 16: unmanaged[1] must be a queue's name, or its beginning and *, got 5`,
        'line 17: extra is not known; there are: queues, managed, unmanaged',
      ],
    );
  });

  describe('a number', () => {
    const problemOf = ({ path }: NumberField, value: number): string | undefined => {
      const [group = '', key = ''] = path.split('.');
      try {
        parseQueueFile('queues.yaml', `queues: [{ name: a, ${group}: { ${key}: ${value} } }]`);
        return undefined;
      } catch (error) {
        return (error as QueueFileError).problems[0];
      }
    };
    const numbers = QUEUE_FIELDS.filter((field): field is NumberField => 'max' in field);

    for (const field of numbers) {
      it(`of ${field.path} is accepted at the bounds that its message names, and refused beyond`, () => {
        const { max, unlimited = max } = field;
        const least = field.kind === 'integer' ? 1 : 0.001;
        const message = problemOf(field, max + 1) ?? '';
        const named = field.kind === 'integer' ? `from 1 to ${max}` : `above 0, up to ${max}`;
        assert.ok(message.includes(named), message);
        assert.equal(message.includes('-1 (no limit) or'), unlimited === -1, message);
        const accepted = [least, max, unlimited].map((value) => problemOf(field, value));
        assert.deepEqual(accepted, [undefined, undefined, undefined]);
        const refused = [-2, -0.5, max + 0.5].map((value) => problemOf(field, value));
        assert.ok(refused.every((problem) => problem?.includes(named)));
        assert.match(problemOf(field, 0) ?? '', /is 0, which means the default: leave it out/);
      });
    }

    it('is not told to be divided by more shards than there may be', () => {
      const [rate] = numbers;
      assert.ok(rate);
      assert.match(problemOf(rate, 50_000) ?? '', /can be divided by shards: 100$/);
      assert.match(problemOf(rate, 50_001) ?? '', /up to 500, got 50001$/);
    });
  });

  it('reads durations to the nanosecond, and a retry duration in whole seconds', () => {
    const durations = (retryConfig: string) => `queues: [{ name: a, retryConfig: { ${retryConfig} } }]`;
    const { queues } = parseQueueFile(
      'queues.yaml',
      durations('minBackoff: 1.234567891s, maxRetryDuration: 315576000000s'),
    );
    assert.deepEqual(queues[0]?.values, {
      'retryConfig.minBackoff': 1_234_567.891,
      'retryConfig.maxRetryDuration': 315_576_000_000_000_000,
    });
    assert.deepEqual(problemsOf(durations('maxRetryDuration: 30.9s')), [
      'line 1: queues[0].retryConfig.maxRetryDuration must be a duration in whole seconds, such as 10s, got "30.9s"',
    ]);
  });

  it('reads a queue that is to be paused, and the names that the file claims', () => {
    const { queues, managed } = parseQueueFile(
      'queues.yaml',
      "queues: [{ name: resting, state: PAUSED }]\nmanaged: [old-mails, 'waybill-*']",
    );
    assert.deepEqual(queues, [{ name: 'resting', state: 'PAUSED', values: {} }]);
    assert.deepEqual(managed, ['old-mails', 'waybill-*']);
    assert.deepEqual(
      problemsOf("queues: [{ name: a, state: RUNNING }]\nmanaged: ['b*', 5]\nunmanaged: ['b*']"),
      [
        'line 1: queues[0].state must be PAUSED, or left out for a queue that runs, got "RUNNING"',
        `line 2: managed[1] must be a queue's name, or its beginning and *, got 5`,
        'line 2: managed "b*" is under unmanaged too: say one or the other',
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
          'line 6: queues[4].rateLimits.maxDispatchesPerSecond must be a number above 0, up to 1000, got 1001; a queue that needs more can be divided by shards: 3',
        ],
      );
    });
  });
});
