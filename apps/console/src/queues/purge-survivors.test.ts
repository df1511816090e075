import assert from 'node:assert/strict';
import { defineCatalogue } from '@waybill/contract-kit';
import { catalogue, refundPayment } from '@waybill/task-contracts';
import { purgeSurvivors } from './purge-survivors.ts';

describe('purgeSurvivors()', () => {
  it('names the contracts of a queue whose tasks come back', () => {
    assert.deepEqual(purgeSurvivors(catalogue, 'payments'), ['refund-payment']);
    assert.deepEqual(purgeSurvivors(catalogue, 'order-processing'), ['release-inventory']);
    assert.deepEqual(purgeSurvivors(catalogue, 'emails'), []);
  });

  it('knows the shards of a divided queue', () => {
    const divided = defineCatalogue([refundPayment], [], { payments: 4 });
    assert.deepEqual(purgeSurvivors(divided, 'payments-3'), ['refund-payment']);
    assert.deepEqual(purgeSurvivors(divided, 'payments-eu'), []);
  });
});
