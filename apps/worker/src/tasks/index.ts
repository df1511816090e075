import type { Firestore } from '@google-cloud/firestore';
import type { ContractNameOf } from '@waybill/contract-kit';
import { type OrderLimits, StockQueue } from '@waybill/orders';
import type * as contracts from '@waybill/task-contracts';
import type { TaskHandler } from '@waybill/task-runtime';
import type { Mailer } from '../mail/mailer.ts';
import type { OrderLink } from '../mail/order-link.ts';
import type { PaymentProvider } from '../payments/payment-provider.ts';
import type { ReceiptRenderer } from '../receipts/render-receipt.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { createChargePayment } from './charge-payment.ts';
import { createGenerateReceipt } from './generate-receipt.ts';
import { createNotifyWarehouse } from './notify-warehouse.ts';
import { createRefundPayment } from './refund-payment.ts';
import { createReleaseInventory } from './release-inventory.ts';
import { createReserveInventory } from './reserve-inventory.ts';
import { createSendCancellationEmail } from './send-cancellation-email.ts';
import { createSendConfirmationEmail } from './send-confirmation-email.ts';
import { createSendFollowupEmail } from './send-followup-email.ts';

/** What the handlers work with. */
export interface TaskDependencies {
  readonly firestore: Firestore;
  readonly payments: PaymentProvider;
  readonly mailer: Mailer;
  /** Limits of declined payments and mails. */
  readonly limits: OrderLimits;
  /** Links of mails to the order's page. */
  readonly orderLink: OrderLink;
  readonly warehouse: Warehouse;
  readonly renderReceipt: ReceiptRenderer;
}

/**
 * The handlers of this service's contracts. One that is missing does not compile, nor does one of another service; older
 * versions of a contract are checked when the worker starts.
 */
export function createTaskHandlers(dependencies: TaskDependencies): readonly TaskHandler[] {
  const stockQueue = new StockQueue({ firestore: dependencies.firestore, random: Math.random });
  const newest = {
    chargePayment: createChargePayment(dependencies),
    generateReceipt: createGenerateReceipt(dependencies),
    notifyWarehouse: createNotifyWarehouse(dependencies),
    refundPayment: createRefundPayment(dependencies),
    releaseInventory: createReleaseInventory({ ...dependencies, stockQueue }),
    reserveInventory: createReserveInventory({ ...dependencies, stockQueue }),
    sendCancellationEmail: createSendCancellationEmail(dependencies),
    sendConfirmationEmail: createSendConfirmationEmail(dependencies),
    sendFollowupEmail: createSendFollowupEmail(dependencies),
  } satisfies Record<ContractNameOf<typeof contracts, 'worker'>, TaskHandler>;
  return Object.values(newest);
}
