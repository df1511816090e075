import assert from 'node:assert/strict';
import { join } from 'node:path';
import { physicalNames, readQueueFile } from '@waybill/google-config';
import { catalogue } from './catalogue.ts';
import { queueShards } from './queue-shards.ts';

describe('queueShards', () => {
  const { queues } = readQueueFile(join(import.meta.dirname, '../../../../queue-config/queues.yaml'));

  it('are those of queues.yaml', () => {
    const divided = queues.flatMap(({ name, shards }) => (shards === undefined ? [] : [[name, shards]]));
    assert.deepEqual(
      queueShards,
      Object.fromEntries(divided),
      'write into queue-shards.ts what queues.yaml says',
    );
  });

  it('are what tasks are spread by', () => {
    const names = catalogue.queues.flatMap((queue) => physicalNames(queue, queueShards[queue]));
    assert.deepEqual(catalogue.physicalQueues, names);
  });
});
