export { CANCELLATION_WORDS } from './cancellation-words.ts';
export { changeOrder, isConfirmedBy, type OrderChange } from './change-order.ts';
export { compensateCancelledTask } from './compensate-cancelled-task.ts';
export { eraseOrder, idempotencyKeyCollection, isErased, OrderUnderWayError } from './erase-order.ts';
export { formatAmount } from './format-amount.ts';
export type {
  CancellationReason,
  Order,
  OrderInventory,
  OrderItem,
  OrderPayment,
  OrderStatus,
  OrderWarehouse,
} from './order.ts';
export { documentOfOrder, orderOfSnapshot, orderReference } from './order-document.ts';
export { isOrderId, newOrderId, orderIdOfSubject, orderSubject } from './order-id.ts';
export { isNeedlessOnceCancelled } from './order-tasks.ts';
export {
  cancelOrder,
  isBeyondCancelling,
  recordCharge,
  recordPaymentFailure,
  recordRefund,
  recordRelease,
  recordReservation,
  recordReservationFailure,
  recordWarehouseCall,
  recordWarehouseRefusal,
  recordWarehouseTold,
} from './order-transitions.ts';
export {
  MAX_AHEAD_DAYS,
  MAX_AMOUNT,
  OrderRefusedError,
  type OrderRequest,
  placeOrder,
} from './place-order.ts';
export type { Product } from './product.ts';
export {
  documentOfProduct,
  productCollection,
  productOfSnapshot,
  productReference,
} from './product-document.ts';
export {
  documentOfReceipt,
  MAX_RECEIPT_BYTES,
  type Receipt,
  receiptOfSnapshot,
  receiptReference,
} from './receipt-document.ts';
export { SAMPLE_PRODUCTS } from './sample-products.ts';
export { seedProducts } from './seed-products.ts';
export {
  returnToStock,
  type StockItem,
  type StockShortage,
  type StockTaking,
  takeFromStock,
} from './stock.ts';
