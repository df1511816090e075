import assert from 'node:assert/strict';
import { defineCatalogue } from './catalogue.ts';
import { defineContract } from './contract.ts';

const definition = {
  name: 'fold-letter',
  version: 1,
  description: 'Folds a letter.',
  queue: 'letters',
  schema: { type: 'object', additionalProperties: false },
  example: {},
} as const;

describe('defineCatalogue()', () => {
  const v1 = defineContract(definition);
  const v2 = defineContract({ ...definition, version: 2, queue: 'bulk' });

  it('finds a version, the newest, and lists the queues', () => {
    const catalogue = defineCatalogue([v2, v1]);
    assert.equal(catalogue.find('fold-letter', 1), v1);
    assert.equal(catalogue.find('fold-letter', 3), undefined);
    assert.equal(catalogue.newest('fold-letter'), v2);
    assert.equal(catalogue.newest('burn-letter'), undefined);
    assert.deepEqual(catalogue.queues, ['bulk', 'letters']);
  });

  it('lists the services, and the contracts of each', () => {
    const billed = defineContract({ ...definition, name: 'bill-letter', service: 'billing' });
    const catalogue = defineCatalogue([v1, billed, v2]);
    assert.deepEqual(catalogue.services, ['billing', 'worker']);
    assert.deepEqual(catalogue.ofService('worker'), [v1, v2]);
    assert.deepEqual(catalogue.ofService('billing'), [billed]);
    assert.deepEqual(catalogue.ofService('mailing'), []);
  });

  it('divides a queue into shards, by the task’s id', () => {
    const catalogue = defineCatalogue([v2, v1], [], { letters: 3 });
    assert.deepEqual(catalogue.queues, ['bulk', 'letters']);
    assert.deepEqual(catalogue.physicalQueues, ['bulk', 'letters-0', 'letters-1', 'letters-2']);
    assert.equal(catalogue.physicalQueueOf('bulk', 'task-1'), 'bulk');
    assert.equal(catalogue.physicalQueueOf('letters', 'task-1'), 'letters-2');
    assert.equal(catalogue.physicalQueueOf('letters', 'task-1'), 'letters-2');
  });

  it('refuses a number of shards that there can’t be', () => {
    for (const letters of [0, 1, 101, 2.5]) {
      assert.throws(() => defineCatalogue([v1], [], { letters }), {
        message: `Catalogue: queue letters must have from 2 to 100 shards, or none, got ${letters}`,
      });
    }
  });

  it('refuses the same version twice', () => {
    assert.throws(() => defineCatalogue([v1, v1]), { message: 'Catalogue: fold-letter v1 is there twice' });
  });
});
