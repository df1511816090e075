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
} from './contracts/index.ts';
export { orderIdSchema } from './order-id.ts';
