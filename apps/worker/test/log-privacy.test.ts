import assert from 'node:assert/strict';
import { cancelOrder, changeOrder, eraseOrder, type Order } from '@waybill/orders';
import { chargePayment, reserveInventory, sendConfirmationEmail } from '@waybill/task-contracts';
import { TaskOperator } from '@waybill/task-runtime/operator';
import { payloadsOf, startWorkerTestBed, type WorkerTestBed } from './worker-test-bed.ts';

/** One of each branch; `npm run test:log-privacy` places 1,000. */
const ORDERS = Number(process.env['LOG_PRIVACY_ORDERS'] ?? 11);
/** Orders of one branch that are under way together. */
const SIDE_BY_SIDE = 20;
/** Everything that identifies a customer, pays, or opens an order, below; also a provider's own words about them. */
const PERSONAL =
  /privacy\.example|[?]token=|\.[\w-]{43}\b|Lovelace|\bpm_|\btok_|sk_test|whsec_|4242[ -]?4242|No such|no such user|spam for/i;
const actor = { by: 'operator@privacy.example', why: 'Ada Lovelace asked' };

type Branch = (bed: WorkerTestBed, place: (options?: PlaceOptions) => Promise<Order>) => Promise<void>;
interface PlaceOptions {
  readonly paymentMethod?: string;
  readonly productId?: string;
  readonly quantity?: number;
}

/** A mail server that refuses with its own words, which name the recipient. */
const refusing =
  (script: WorkerTestBed['mailServer']['script']): Branch =>
  async (bed, place) => {
    bed.mailServer.script = script;
    const { mail } = payloadsOf(await place());
    await bed.enqueue(sendConfirmationEmail, mail);
  };

const BRANCHES: Readonly<Record<string, Branch>> = {
  succeeds: async (_bed, place) => void (await place()),
  'is declined': async (_bed, place) => void (await place({ paymentMethod: 'pm_card_chargeDeclined' })),
  'is sold out': async (_bed, place) => void (await place({ productId: 'lever-machine', quantity: 4 })),
  'has a payment method that Stripe does not know': async (_bed, place) =>
    void (await place({ paymentMethod: 'pm_none_of_Ada_Lovelace' })),
  'meets an error of Stripe once': async (_bed, place) =>
    void (await place({ paymentMethod: 'pm_sandbox_serverErrorOnce' })),
  'meets errors of Stripe until it is dead': async (_bed, place) =>
    void (await place({ paymentMethod: 'pm_sandbox_rateLimited' })),
  'has a recipient that is refused': refusing({
    rcpt: '550 5.1.1 no such user: Ada Lovelace <customer@privacy.example>',
  }),
  'has a mail that is refused for now': refusing({ body: '452 4.2.2 spam for customer@privacy.example' }),
  'is cancelled': async (bed, place) => {
    const { orderId } = await place();
    await bed.client.transaction((transaction) =>
      changeOrder(transaction, bed.firestore, orderId, (order, cancelledAt) =>
        cancelOrder(order, { reason: 'customer', cancelledAt }),
      ),
    );
  },
  'is erased': async (bed, place) => {
    const { orderId } = await place();
    await bed.whenIdle();
    await settle(bed);
    const operator = new TaskOperator(bed.runtime);
    // A task of another day may be waiting: its follow-up mail.
    for (const { taskId, state } of await bed.tasksOf(orderId)) {
      if (state === 'pending') await operator.cancel(taskId, actor);
    }
    await eraseOrder({ runtime: bed.runtime, operator }, orderId, actor);
  },
  'is delivered with bodies that break the contract': async (bed, place) => {
    const order = await place();
    const { charge } = payloadsOf(order);
    const taskId = await bed.enqueue(chargePayment, charge, { delaySeconds: 3_600 });
    await bed.deliver(taskId, { ...charge, email: order.email, card: '4242 4242 4242 4242' });
    await bed.deliver(taskId, `${order.email} tok_visa`);
  },
};

/** Lets backoffs and attempts go by. */
async function settle(bed: WorkerTestBed): Promise<void> {
  for (let round = 0; round < 4; round += 1) await bed.advance(600);
}

describe('the log of the worker', function () {
  this.timeout(ORDERS > 100 ? 1_200_000 : 60_000);
  let bed: WorkerTestBed;
  let placed = 0;
  before(async () => {
    bed = await startWorkerTestBed();
  });
  after(() => bed.close());

  async function place(options: PlaceOptions = {}): Promise<Order> {
    placed += 1;
    const created = await bed.createOrder(options);
    const order = { ...created, email: `ada.lovelace+${placed}@privacy.example` };
    await bed.setOrder(order);
    const { charge, reservation } = payloadsOf(order);
    await Promise.all([bed.enqueue(chargePayment, charge), bed.enqueue(reserveInventory, reservation)]);
    return order;
  }

  const perBranch = Math.ceil(ORDERS / Object.keys(BRANCHES).length);
  for (const [name, branch] of Object.entries(BRANCHES)) {
    it(`has no address, payment method, token or name where an order ${name}`, async () => {
      for (let done = 0; done < perBranch; done += SIDE_BY_SIDE) {
        const count = Math.min(SIDE_BY_SIDE, perBranch - done);
        await Promise.all(Array.from({ length: count }, () => branch(bed, place)));
        await bed.whenIdle();
      }
      await settle(bed);
      bed.mailServer.script = {};
      const shown = bed.log.filter((line) => PERSONAL.test(line));
      assert.deepEqual(shown, []);
    });
  }

  it('has lines of each branch, and records have no error text of a provider', async () => {
    const log = bed.log.join('');
    for (const code of [
      'declined',
      'sold-out',
      'PAYMENT_REFUSED',
      'PAYMENT_UNAVAILABLE',
      'RECIPIENT_REFUSED',
      'MAIL_SERVER_UNAVAILABLE',
    ]) {
      assert.match(log, new RegExp(code), code);
    }
    const { docs } = await bed.firestore.collection('tasks').get();
    const errors = docs.flatMap((task) => [task.get('error'), ...Object.values(task.get('steps') ?? {})]);
    assert.ok(docs.length > 3 * ORDERS);
    assert.doesNotMatch(JSON.stringify(errors), PERSONAL);
  });
});
