import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { chargePayment } from '@waybill/task-contracts';
import { payloadsOf, startWorkerTestBed, type WorkerTestBed } from './worker-test-bed.ts';

const DECLINED = 'pm_card_chargeDeclined';
const LIMITS = {
  windowSeconds: 600,
  declinesPerAddress: 3,
  declinesPerClient: 4,
  mailsPerAddress: 2,
  mailsPerClient: 4,
  ordersPerAddress: 50,
  ordersPerClient: 50,
};
const COSTS_FILE = new URL('../../../docs/costs.md', import.meta.url);

describe('limits of declined payments and mails', function () {
  this.timeout(30_000);
  let bed: WorkerTestBed;
  beforeEach(async () => {
    bed = await startWorkerTestBed({ maxima: LIMITS });
  });
  afterEach(() => bed.close());

  /** Has orders charged at once. @returns their ids */
  async function charge(count: number, wish: Parameters<WorkerTestBed['createOrder']>[0]): Promise<string[]> {
    const orders = await Promise.all(Array.from({ length: count }, () => bed.createOrder(wish)));
    await Promise.all(orders.map((order) => bed.enqueue(chargePayment, payloadsOf(order).charge)));
    await bed.whenIdle();
    return orders.map(({ orderId }) => orderId);
  }
  const mailsTo = (email: string) => bed.mailServer.mails.filter(({ to }) => to === email).length;

  it('asks the provider no more, and sends no more mails, beyond the maximum of an address', async () => {
    const email = 'victim@example.com';
    for (let index = 0; index < LIMITS.declinesPerAddress; index += 1) {
      await charge(1, { paymentMethod: DECLINED, email });
    }
    const late = await charge(20, { paymentMethod: DECLINED, email });
    assert.equal(bed.payments.charges().length, LIMITS.declinesPerAddress);
    assert.equal(mailsTo(email), LIMITS.mailsPerAddress);
    for (const orderId of late.slice(0, 3)) {
      const { status, cancellation, payment } = await bed.order(orderId);
      assert.deepEqual([status, cancellation?.reason], ['cancelled', 'payment-declined']);
      assert.equal(payment.state, 'failed');
    }
    await charge(1, { email: 'other@example.com' });
    assert.equal(bed.payments.charges().filter(({ paid }) => paid).length, 1);

    await bed.advance(LIMITS.windowSeconds + 1);
    await charge(1, { paymentMethod: DECLINED, email });
    assert.equal(bed.payments.charges().length, LIMITS.declinesPerAddress + 2);
    assert.equal(mailsTo(email), LIMITS.mailsPerAddress + 1);
  });

  it('limits a client with ever new addresses', async () => {
    const clientKey = 'c'.repeat(43);
    for (let index = 0; index < LIMITS.declinesPerClient; index += 1) {
      await charge(1, { paymentMethod: DECLINED, email: `x${index}@example.com`, clientKey });
    }
    await charge(3, { paymentMethod: DECLINED, email: 'last@example.com', clientKey });
    assert.equal(bed.payments.charges().length, LIMITS.declinesPerClient);
    assert.equal(bed.mailServer.mails.length, LIMITS.mailsPerClient);
  });

  it('writes nothing for a payment that succeeds, and keeps no address and no client in the clear', async () => {
    await charge(1, { clientKey: 'c'.repeat(43) });
    assert.equal((await bed.firestore.collection('orderLimits').get()).size, 0);
    await charge(1, { paymentMethod: DECLINED, email: 'ada@example.com', clientKey: 'c'.repeat(43) });
    const { docs } = await bed.firestore.collection('orderLimits').get();
    assert.equal(docs.length, 2);
    for (const snapshot of docs) {
      assert.match(snapshot.id, /^[\w-]{43}$/);
      assert.deepEqual(Object.keys(snapshot.data()).sort(), ['declines', 'expireAt', 'mails']);
    }
  });

  it('costs what docs/costs.md says', async () => {
    const text = readFileSync(COSTS_FILE, 'utf8');
    const documented = (what: string): number[] =>
      new RegExp(`^\\| ${what} \\| (\\d+) \\| (\\d+) \\|$`, 'm').exec(text)?.slice(1).map(Number) ?? [];
    const cost = async (work: () => Promise<unknown>): Promise<number[]> => {
      const before = bed.usage();
      await work();
      const after = bed.usage();
      return [after.reads - before.reads, after.writes - before.writes];
    };
    const customer = { email: 'ada@example.com', clientKey: 'c'.repeat(43) };
    const other = bed.firestore.doc('orderLimits/other');
    const bare = await cost(() =>
      bed.client.transaction(async (transaction) => {
        await transaction.get(other);
        transaction.set(other, {});
      }),
    );
    // The transaction itself is no part of it.
    const more = async (work: Parameters<typeof bed.client.transaction>[0]): Promise<number[]> =>
      (await cost(() => bed.client.transaction(work))).map((value, index) => value - (bare[index] ?? 0) + 1);
    assert.deepEqual(
      await more((transaction) => bed.limits.count(transaction, 'declines', customer)),
      documented('an event that limits count'),
    );
    assert.deepEqual(
      await more((transaction) => bed.limits.countOrder(transaction, customer)),
      documented('an order, where orders are limited'),
    );
    assert.deepEqual(
      await cost(() => bed.limits.secondsUntilAllowed(customer)),
      documented('a check of limits'),
    );
  });
});
