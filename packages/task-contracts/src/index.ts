// For the services: the catalogue, and the newest version of each contract.

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
