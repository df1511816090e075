import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QueueFileError } from '@waybill/google-config';
import { readQueueFile } from './queue-file.ts';

describe('readQueueFile()', () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'queue-file-'));
    file = join(folder, 'queues.yaml');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('reads settings, with the defaults of the service for what is left out', () => {
    writeFileSync(
      file,
      `queues:
  - name: orders
    rateLimits: { maxDispatchesPerSecond: 0.5 }
    retryConfig: { maxAttempts: -1, maxRetryDuration: 3600s, minBackoff: 0.5s }
    appEngineRoutingOverride: { service: worker }`,
    );
    assert.deepEqual(readQueueFile(file), [
      {
        name: 'orders',
        settings: {
          maxDispatchesPerSecond: 0.5,
          maxConcurrentDispatches: 1_000,
          maxAttempts: -1,
          maxRetryDurationMicros: 3_600_000_000,
          minBackoffMicros: 500_000,
          maxBackoffMicros: 3_600_000_000,
          maxDoublings: 16,
          samplingRatio: undefined,
          routingOverride: { service: 'worker', version: '', instance: '' },
        },
      },
    ]);
  });

  it('reads a queue with shards as so many queues', () => {
    writeFileSync(file, 'queues: [{ name: mails, shards: 2, rateLimits: { maxDispatchesPerSecond: 900 } }]');
    assert.deepEqual(
      readQueueFile(file).map(({ name, settings }) => [name, settings.maxDispatchesPerSecond]),
      [
        ['mails-0', 450],
        ['mails-1', 450],
      ],
    );
  });

  it('reads a queue that is to be paused, and backoffs in whole microseconds', () => {
    writeFileSync(
      file,
      'queues: [{ name: mails, state: PAUSED, retryConfig: { minBackoff: 1.234567891s } }]',
    );
    const [queue] = readQueueFile(file);
    assert.equal(queue?.state, 'PAUSED');
    assert.equal(queue?.settings.minBackoffMicros, 1_234_568);
  });

  it('refuses a file that cannot be used', () => {
    writeFileSync(file, 'queues: [{ name: mails, speed: 5 }]');
    assert.throws(() => readQueueFile(file), QueueFileError);
  });
});
