import assert from 'node:assert/strict';
import { join } from 'node:path';
import { parseQueueFile, QueueFileError, readQueueFile } from './queue-file.ts';

function problemsOf(text: string): readonly string[] {
  try {
    parseQueueFile(text, 'queues.yaml');
  } catch (error) {
    assert.ok(error instanceof QueueFileError);
    assert.match(error.message, /^queues\.yaml cannot be used:/);
    return error.problems;
  }
  return assert.fail('the file was accepted');
}

describe('parseQueueFile()', () => {
  it('reads every field, in the names of the API', () => {
    const queues = parseQueueFile(
      `queues:
  - name: orders
    rateLimits: { maxDispatchesPerSecond: 0.5, maxConcurrentDispatches: 5 }
    retryConfig:
      maxAttempts: -1
      maxRetryDuration: 3600s
      minBackoff: 0.5s
      maxBackoff: 300s
      maxDoublings: 4
    appEngineRoutingOverride: { service: worker }
  - name: plain`,
      'queues.yaml',
    );
    assert.deepEqual(queues[0], {
      name: 'orders',
      settings: {
        maxDispatchesPerSecond: 0.5,
        maxConcurrentDispatches: 5,
        maxAttempts: -1,
        maxRetryDurationMicros: 3_600_000_000,
        minBackoffMicros: 500_000,
        maxBackoffMicros: 300_000_000,
        maxDoublings: 4,
        routingOverride: { service: 'worker', version: '', instance: '' },
      },
    });
    assert.equal(queues[1]?.name, 'plain');
  });

  it("reads this repository's own queues", () => {
    const queues = readQueueFile(join(import.meta.dirname, '../../../queue-config/queues.yaml'));
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
extra: 1`),
      [
        'line 2: queues[0].name must be 1 to 100 letters, digits and hyphens, got "bad_name"',
        'line 3: queues[0].rateLimits.maxDispatchesPerSecond must be a number from 0 to 500, got 501',
        'line 3: queues[0].rateLimits.speed is not known; there are: maxDispatchesPerSecond, maxConcurrentDispatches',
        'line 6: queues[1].retryConfig.minBackoff must be a duration such as 10s, got 10',
        'line 7: queues[1].retryConfig.maxDoublings must be a whole number from 0 to 2147483647, got 1.5',
        'line 8: queues[1].retryConfig.maxBackoff is 0, which means the default: leave it out',
        'line 9: queues[2].name "orders" is there already',
        'line 10: queues[3].rateLimits must be a mapping, got 5',
        'line 10: queues[3].name is missing',
        'line 11: extra is not known; there are: queues',
      ],
    );
  });

  it('refuses what the service would refuse, and what is no YAML', () => {
    assert.match(
      problemsOf('queues:\n  - name: q\n    retryConfig: { minBackoff: 5000s }')[0] ?? '',
      /^line 2: queues\[0\] is refused: RetryConfig\.minBackoff must be less than or equal/,
    );
    assert.match(problemsOf('queues:\n  - name: [')[0] ?? '', /^line \d+: /);
    assert.match(problemsOf('- a')[0] ?? '', /must be a mapping/);
    assert.match(problemsOf('')[0] ?? '', /must be a mapping/);
  });
});
