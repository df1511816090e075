import { type Catalogue, defineCatalogue } from '@waybill/contract-kit';
import { chargePaymentV1 } from './charge-payment/v1.ts';
import { generateReceiptV1 } from './generate-receipt/v1.ts';
import { notifyWarehouseV1 } from './notify-warehouse/v1.ts';
import { queueShards } from './queue-shards.ts';
import { refundPaymentV1 } from './refund-payment/v1.ts';
import { releaseInventoryV1 } from './release-inventory/v1.ts';
import { reserveInventoryV1 } from './reserve-inventory/v1.ts';
import { sendCancellationEmailV1 } from './send-cancellation-email/v1.ts';
import { sendConfirmationEmailV1 } from './send-confirmation-email/v1.ts';
import { sendFollowupEmailV1 } from './send-followup-email/v1.ts';

/** The newest version of each contract, under the name that producers and handlers use. */
export const chargePayment = chargePaymentV1;
export const generateReceipt = generateReceiptV1;
export const notifyWarehouse = notifyWarehouseV1;
export const refundPayment = refundPaymentV1;
export const releaseInventory = releaseInventoryV1;
export const reserveInventory = reserveInventoryV1;
export const sendCancellationEmail = sendCancellationEmailV1;
export const sendConfirmationEmail = sendConfirmationEmailV1;
export const sendFollowupEmail = sendFollowupEmailV1;

/** All contracts, in every version that may still be in a queue. */
export const catalogue: Catalogue = defineCatalogue(
  [
    chargePaymentV1,
    generateReceiptV1,
    notifyWarehouseV1,
    refundPaymentV1,
    releaseInventoryV1,
    reserveInventoryV1,
    sendCancellationEmailV1,
    sendConfirmationEmailV1,
    sendFollowupEmailV1,
  ],
  [],
  queueShards,
);
