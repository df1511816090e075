import type { Firestore } from '@google-cloud/firestore';
import type { PayloadOf } from '@waybill/contract-kit';
import {
  changeOrder,
  enqueueRefund,
  isConfirmedBy,
  isExtraCharge,
  type Order,
  type OrderChange,
  type OrderLimits,
  recordCharge,
  recordPaymentFailure,
} from '@waybill/orders';
import { chargePayment } from '@waybill/task-contracts';
import { defineHandler, PermanentError, type TaskContext, type TaskHandler } from '@waybill/task-runtime';
import { orderIdOfDead, orderNotFound } from '../orders/order-errors.ts';
import { readOrder, readOrderNow } from '../orders/read-order.ts';
import { chargePeriodOf } from '../payments/charge-period.ts';
import type { Charge, PaymentProvider } from '../payments/payment-provider.ts';

/** The code of a charge that the customer's bank refused. */
const PAYMENT_DECLINED = 'PAYMENT_DECLINED';
/** The code of a charge that was not asked for, because too many of this customer's were declined. */
const PAYMENT_WITHHELD = 'PAYMENT_WITHHELD';

/** The charge of an order. */
interface OrderCharge extends Charge {
  /** Charges of the same order beside it, which are given back. */
  readonly extraChargeIds?: readonly string[];
}

/**
 * Charges the customer and records it with the order, which that may confirm. Whatever was charged beside that, or after
 * the order was cancelled, is given back. A declined card cancels the order, as a task does that is given up.
 */
export function createChargePayment(dependencies: {
  firestore: Firestore;
  payments: PaymentProvider;
  limits: OrderLimits;
}): TaskHandler {
  const { firestore, payments, limits } = dependencies;

  /** The charge of an order that was made under any key: by another task, an older worker, or before a restore. */
  async function findCharge(order: Order, signal: AbortSignal): Promise<OrderCharge | undefined> {
    const charges = await payments.openChargesOf(order.orderId, chargePeriodOf(order), signal);
    const own = charges.find(({ chargeId }) => !isExtraCharge(order, chargeId)) ?? charges[0];
    if (own === undefined) return undefined;
    const extraChargeIds = charges.filter((charge) => charge !== own).map(({ chargeId }) => chargeId);
    return extraChargeIds.length === 0 ? own : { ...own, extraChargeIds };
  }

  /** The charge that an order has already: null where it wants none; undefined where it is to be charged. */
  async function withoutCharge(
    order: Order,
    now: Date,
    signal: AbortSignal,
  ): Promise<OrderCharge | null | undefined> {
    const { orderId, payment } = order;
    if (payment.state === 'refunded') return { chargeId: payment.chargeId };
    const isCancelled = order.status === 'cancelled';
    // A restored database has forgotten the charge, and the provider may have forgotten its key.
    const mayBeForgotten = now.getTime() - order.createdAt.getTime() >= payments.remembersForSeconds * 1_000;
    if (!isCancelled && payment.state === 'pending' && !mayBeForgotten) return undefined;
    const earlier = await findCharge(order, signal);
    if (earlier !== undefined) return earlier;
    if (payment.state === 'charged') return { chargeId: payment.chargeId };
    if (!isCancelled) return undefined;
    if (payment.state === 'pending') return null;
    throw new PermanentError(
      'ORDER_CANCELLED',
      `Order ${orderId} is cancelled: it is not charged any more. Discard this task`,
    );
  }

  async function chargeOnce(
    { orderId, amount, currency, paymentMethod }: PayloadOf<typeof chargePayment>,
    key: string,
    signal: AbortSignal,
  ): Promise<OrderCharge | null> {
    const { order, now } = await readOrderNow(firestore, orderId);
    if (order.amount !== amount || order.currency !== currency) {
      throw new PermanentError('ORDER_MISMATCH', 'The amount to be charged is not the order’s');
    }
    const earlier = await withoutCharge(order, now, signal);
    if (earlier !== undefined) return earlier;
    // The front service checks too. But orders that were placed at once, or for later, come here together.
    if ((await limits.secondsUntilAllowed(order, ['declines'])) !== undefined) {
      throw new PermanentError(
        PAYMENT_WITHHELD,
        'Too many payments of this address or this client were declined: the provider is not asked',
      );
    }
    const period = chargePeriodOf(order);
    return payments.charge({ key, orderId, amount, currency, paymentMethod, period }, signal);
  }

  async function chargeCard(
    payload: PayloadOf<typeof chargePayment>,
    context: TaskContext<'declined'>,
  ): Promise<OrderCharge | 'declined' | 'withheld' | null> {
    const { orderId } = payload;
    try {
      return await context.step(
        'charge',
        {
          // However many tasks charge an order, the provider sees one key.
          effect: orderId,
          lookup: async (_key, signal) => findCharge(await readOrder(firestore, orderId), signal),
          remembersForSeconds: payments.remembersForSeconds,
        },
        (key, signal) => chargeOnce(payload, key, signal),
      );
    } catch (error) {
      // The customer's bank said no: an expected end, not a failure.
      const { code } = error as { code?: unknown };
      if (code === PAYMENT_DECLINED) return 'declined';
      if (code === PAYMENT_WITHHELD) return 'withheld';
      throw error;
    }
  }

  return defineHandler(chargePayment, {
    async handle(payload, context) {
      const { orderId } = payload;
      const charge = await chargeCard(payload, context);
      if (charge === 'declined' || charge === 'withheld') {
        await context.finish(
          async (transaction) => {
            const change = await changeOrder(transaction, firestore, orderId, (order, now) =>
              recordPaymentFailure(order, { code: PAYMENT_DECLINED, failedAt: now }),
            );
            if (change !== undefined && charge === 'declined') {
              await limits.count(transaction, 'declines', change.after);
            }
          },
          { outcome: 'declined' },
        );
        context.logger.info(`payment ${charge}, order cancelled`, { event: 'order.declined', orderId });
        return;
      }
      if (charge === null) {
        context.logger.info('order is cancelled, nothing charged', { orderId });
        // An earlier attempt's request may still be under way: the order's next task looks for it once more.
        await context.finish(async (transaction) => {
          await changeOrder(transaction, firestore, orderId, (order, now) =>
            recordPaymentFailure(order, { code: 'ORDER_CANCELLED', failedAt: now }),
          );
        });
        return;
      }
      let change: OrderChange | undefined;
      await context.finish(async (transaction) => {
        change = await changeOrder(transaction, firestore, orderId, (order, now) =>
          recordCharge(order, { chargeId: charge.chargeId, chargedAt: now }),
        );
        if (change === undefined) throw orderNotFound(orderId);
        for (const chargeId of [charge.chargeId, ...(charge.extraChargeIds ?? [])]) {
          if (isExtraCharge(change.after, chargeId)) enqueueRefund(change.after, chargeId, transaction);
        }
      });
      if (change !== undefined && isConfirmedBy(change)) {
        context.logger.info('order confirmed', { event: 'order.confirmed', orderId });
      }
    },

    async onDead(dead, transaction) {
      const orderId = orderIdOfDead(dead);
      if (orderId === undefined) return;
      await changeOrder(transaction, firestore, orderId, (order, now) =>
        recordPaymentFailure(order, { code: dead.error.code, failedAt: now }),
      );
    },
  });
}
