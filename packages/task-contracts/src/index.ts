export {
  catalogue,
  chargePayment,
  generateReceipt,
  notifyWarehouse,
  refundPayment,
  releaseInventory,
  reserveInventory,
  sendCancellationEmail,
  sendConfirmationEmail,
  sendFollowupEmail,
} from './contracts/catalogue.ts';
export { orderIdSchema } from './order-id-schema.ts';
