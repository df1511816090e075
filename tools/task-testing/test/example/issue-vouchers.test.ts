import assert from 'node:assert/strict';
import { PermanentError } from '@waybill/task-runtime';
import { startTaskTestBed, type TaskTestBed } from '../../src/bed/start-task-test-bed.ts';
import { withEachCrash } from '../../src/crash/with-each-crash.ts';
import {
  type Bank,
  createIssueVouchers,
  createRevokeVouchers,
  issueVouchers,
  type VoucherProvider,
} from './issue-vouchers.ts';

/** A bank that recognises keys. */
function startBank() {
  const charges = new Map<string, { orderId: string; chargeId: string }>();
  const refunds = new Map<string, string>();
  const bank: Bank = {
    async charge(key, orderId) {
      const charge = charges.get(key) ?? { orderId, chargeId: `c-${charges.size + 1}` };
      charges.set(key, charge);
      return { chargeId: charge.chargeId };
    },
    find: async (key) => charges.get(key) ?? null,
    async refund(key, orderId) {
      refunds.set(key, orderId);
    },
  };
  const of = (orderId: string): number[] =>
    [[...charges.values()].map((charge) => charge.orderId), [...refunds.values()]].map(
      (orderIds) => orderIds.filter((id) => id === orderId).length,
    );
  return { ...bank, of };
}

/** A provider that recognises keys. */
function startProvider() {
  const issued = new Map<string, { memberId: string; orderId: string; code: string }>();
  const revoked = new Set<string>();
  const provider: VoucherProvider = {
    async issue(key, memberId, orderId) {
      if (memberId === 'unknown') throw new PermanentError('MEMBER_UNKNOWN', 'There is no such member');
      const voucher = issued.get(key) ?? { memberId, orderId, code: `v-${issued.size + 1}` };
      issued.set(key, voucher);
      return { code: voucher.code, expires: new Date('2027-01-31T00:00:00Z') };
    },
    codesOf: async (orderId) =>
      [...issued.values()].filter((voucher) => voucher.orderId === orderId).map(({ code }) => code),
    async revoke(_key, code) {
      revoked.add(code);
    },
  };
  return { ...provider, revoked };
}

describe('issue-vouchers', () => {
  const bank = startBank();
  const provider = startProvider();
  let bed: TaskTestBed;
  before(async () => {
    const dependencies = {
      bank,
      provider,
      get firestore() {
        return bed.firestore;
      },
    };
    bed = await startTaskTestBed({
      handlers: [createIssueVouchers(dependencies), createRevokeVouchers(dependencies)],
    });
  });
  after(() => bed.close());

  const enqueue = async (orderId: string, memberIds: string[]): Promise<string> =>
    bed.client.transaction(
      async (transaction) =>
        transaction.enqueue(issueVouchers, { orderId, memberIds }, { subject: `orders/${orderId}` }).taskId,
    );
  const state = async (orderId: string): Promise<unknown> =>
    (await bed.firestore.doc(`vouchers/${orderId}`).get()).data();

  it('is compensated where the provider refuses a member', async () => {
    const taskId = await enqueue('refused', ['m-1', 'm-2', 'unknown']);
    await bed.whenSettled();
    await bed.assertState(taskId, 'dead');
    assert.deepEqual(await state('refused'), { state: 'failed', code: 'MEMBER_UNKNOWN' });
    const codes = await provider.codesOf('refused');
    assert.ok(codes.length > 0 && codes.every((code) => provider.revoked.has(code)));
    assert.deepEqual(bank.of('refused'), [1, 1]);
  });

  it('is done once wherever the worker dies', async function () {
    this.timeout(120_000);
    await withEachCrash(bed, async ({ id }) => {
      const taskId = await enqueue(`o-${id}`, ['m-1', 'm-2']);
      return async () => {
        await bed.assertState(taskId, 'succeeded');
        assert.deepEqual(bank.of(`o-${id}`), [1, 0]);
        assert.equal((await provider.codesOf(`o-${id}`)).length, 2);
      };
    });
  });
});
