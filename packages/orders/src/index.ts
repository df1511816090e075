export { formatAmount } from './format-amount.ts';
export { CANCELLATION_WORDS } from './order/cancellation-texts.ts';
export { changeOrder, isConfirmedBy, type OrderChange } from './order/change-order.ts';
export { compensateCancelledTask } from './order/compensate-cancelled-task.ts';
export { eraseOrder, idempotencyKeyCollection, isErased, OrderUnderWayError } from './order/erase-order.ts';
export type {
  CancellationReason,
  Order,
  OrderInventory,
  OrderItem,
  OrderPayment,
  OrderStatus,
  OrderWarehouse,
} from './order/order.ts';
export { documentOfOrder, orderOfSnapshot, orderReference } from './order/order-converter.ts';
export { isOrderId, newOrderId, orderIdOfSubject, orderSubject } from './order/order-id.ts';
export { isNeedlessOnceCancelled } from './order/order-tasks.ts';
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
} from './order/order-transitions.ts';
export {
  MAX_AHEAD_DAYS,
  MAX_AMOUNT,
  OrderRefusedError,
  type OrderRequest,
  placeOrder,
} from './order/place-order.ts';
export type { Product } from './product/product.ts';
export {
  documentOfProduct,
  productCollection,
  productOfSnapshot,
  productReference,
} from './product/product-converter.ts';
export { SAMPLE_PRODUCTS } from './product/sample-products.ts';
export { seedProducts } from './product/seed-products.ts';
export {
  returnToStock,
  type StockItem,
  type StockShortage,
  type StockTaking,
  takeFromStock,
} from './product/stock.ts';
export {
  documentOfReceipt,
  MAX_RECEIPT_BYTES,
  type Receipt,
  receiptOfSnapshot,
  receiptReference,
} from './receipt/receipt-converter.ts';
