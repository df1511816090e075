import type { Firestore } from '@google-cloud/firestore';
import { defineContract } from '@waybill/contract-kit';
import { defineHandler, type TaskHandler } from '@waybill/task-runtime';

/** The example of docs/handlers.md. In the project itself a contract has a file of its own. */
export const issueVouchers = defineContract({
  name: 'issue-vouchers',
  version: 1,
  description: 'Charges an order of vouchers, and issues one to each member.',
  service: 'billing',
  queue: 'vouchers',
  limits: { maxAttempts: 4 },
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['orderId', 'memberIds'],
    properties: {
      orderId: { type: 'string' },
      memberIds: { type: 'array', items: { type: 'string' }, maxItems: 90 },
    },
  },
  example: { orderId: 'o-1', memberIds: ['m-1', 'm-2'] },
});

const revokeVouchers = defineContract({
  name: 'revoke-vouchers',
  version: 1,
  description: 'Revokes the vouchers of an order that was given up, and gives its charge back.',
  service: 'billing',
  queue: 'vouchers',
  survivesPurge: true,
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['orderId'],
    properties: { orderId: { type: 'string' } },
  },
  example: { orderId: 'o-1' },
});

/** Recognises a key for a day, and can be asked for what came of it. */
export interface Bank {
  charge(key: string, orderId: string): Promise<{ chargeId: string }>;
  find(key: string): Promise<{ chargeId: string } | null>;
  refund(key: string, orderId: string): Promise<void>;
}

/** Recognises a key for ever. Its errors with `retryable: false` are refusals. */
export interface VoucherProvider {
  issue(key: string, memberId: string, orderId: string): Promise<{ code: string; expires: Date }>;
  codesOf(orderId: string): Promise<string[]>;
  revoke(key: string, code: string): Promise<void>;
}

export interface VoucherDependencies {
  readonly firestore: Firestore;
  readonly bank: Bank;
  readonly provider: VoucherProvider;
}

export function createIssueVouchers(dependencies: VoucherDependencies): TaskHandler {
  const { bank, provider } = dependencies;
  return defineHandler(issueVouchers, {
    async handle({ orderId, memberIds }, context) {
      const { chargeId } = await context.step(
        'charge',
        {
          effect: orderId,
          lookup: async (key) => (await bank.find(key)) ?? undefined,
          remembersForSeconds: 23 * 3_600,
        },
        (key) => bank.charge(key, orderId),
      );
      const vouchers = await context.step.each(
        'issue',
        memberIds,
        (memberId) => memberId,
        { concurrency: 4 },
        (memberId, key) => provider.issue(key, memberId, orderId),
      );
      await context.finish(async (transaction) => {
        const total = dependencies.firestore.doc('totals/vouchers');
        const issued = ((await transaction.get(total)).get('issued') as number | undefined) ?? 0;
        transaction.set(total, { issued: issued + vouchers.length });
        // A Date of the provider is text here: a step gives the recorded JSON.
        const expires = vouchers.map((voucher) => voucher.expires.slice(0, 10));
        transaction.set(dependencies.firestore.doc(`vouchers/${orderId}`), {
          state: 'issued',
          chargeId,
          expires,
        });
      });
    },

    async onDead({ payload, error }, transaction) {
      if (payload === undefined) return;
      const { orderId } = payload;
      transaction.set(dependencies.firestore.doc(`vouchers/${orderId}`), {
        state: 'failed',
        code: error.code,
      });
      transaction.enqueue(revokeVouchers, { orderId }, { subject: `orders/${orderId}`, dedupeKey: orderId });
    },
  });
}

export function createRevokeVouchers({ bank, provider }: VoucherDependencies): TaskHandler {
  return defineHandler(revokeVouchers, {
    async handle({ orderId }, context) {
      const codes = await context.step('find', () => provider.codesOf(orderId));
      await context.step.each(
        'revoke',
        codes,
        (code) => code,
        (code, key) => provider.revoke(key, code),
      );
      await context.step('refund', { effect: orderId }, (key) => bank.refund(key, orderId));
    },
  });
}
