import type { Order } from '@waybill/orders';
import { chargePayment } from '@waybill/task-contracts';
import type { ChargePeriod } from './payment-provider.ts';

/** An order is charged after it was placed. An attempt that began before it was cancelled may charge until its deadline. */
export function chargePeriodOf({ createdAt, cancellation }: Order): ChargePeriod {
  return {
    fromMs: createdAt.getTime(),
    toMs: cancellation && cancellation.cancelledAt.getTime() + chargePayment.deadlineSeconds * 1_000,
  };
}
