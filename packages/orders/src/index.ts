// For every service: an order, its id and its document.

export type {
  CancellationReason,
  Order,
  OrderInventory,
  OrderItem,
  OrderPayment,
  OrderStatus,
  OrderWarehouse,
} from './order/order.ts';
export { orderConverter, orderReference } from './order/order-converter.ts';
export { isOrderId, newOrderId, orderIdOfSubject, orderSubject } from './order/order-id.ts';

// For the frontend and the worker: a customer's links to an order.

export { type OrderLinkKey, parseOrderLinkKeys } from './access/order-link-key.ts';
export { OrderTokens } from './access/order-tokens.ts';

// For the frontend and the worker: limits of declined payments and mails.

export { type LimitedEvent, type OrderLimitMaxima, OrderLimits } from './limits/order-limits.ts';

// For pages, mails and receipts: an order in words for its customer.

export { formatAmount } from './format-amount.ts';
export { CANCELLATION_TEXTS } from './order/cancellation-texts.ts';
export { maskedEmail } from './order/masked-email.ts';

// For the frontend: places and cancels orders.

export { idempotencyKeyCollection } from './order/idempotency-key-collection.ts';
export { isCancelledWithOrder } from './order/order-tasks.ts';
export { cancelOrder, isTooLateToCancel } from './order/order-transitions.ts';
export {
  MAX_AHEAD_DAYS,
  MAX_AMOUNT,
  OrderRefusedError,
  type OrderRequest,
  placeOrder,
} from './order/place-order.ts';

// For the worker's handlers: record what a task did for its order.

export { changeOrder, isConfirmedBy, type OrderChange } from './order/change-order.ts';
export { enqueueRefund } from './order/order-tasks.ts';
export {
  isExtraCharge,
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

// For the console: what an operator's action does to an order.

export { compensateCancelledTask } from './order/compensate-cancelled-task.ts';
export { eraseOrder, isErased, OrderUnderWayError } from './order/erase-order.ts';

// For the frontend and the worker: products, stock and receipts.

export type { Product } from './product/product.ts';
export { productCollection, productConverter, productReference } from './product/product-converter.ts';
export { readProducts } from './product/read-products.ts';
export type { StockItem, StockShortage } from './product/stock.ts';
export { StockQueue, type StockTraffic } from './product/stock-queue.ts';
export { putBackStock, withdrawStock } from './product/withdraw-stock.ts';
export {
  MAX_RECEIPT_BYTES,
  type Receipt,
  receiptConverter,
  receiptReference,
} from './receipt/receipt-converter.ts';

// For operators: where the stock of products is.

export {
  allowStockDivision,
  type GatheredStock,
  gatherStock,
  readStockDivisions,
  type StockDivision,
} from './product/gather-stock.ts';

// For the worker, the console and operators: how long data is kept.

export {
  OPERATOR_ACTION_RETENTION_DAYS,
  ORDER_RETENTION_DAYS,
  operatorActionExpiresAt,
  orderExpiresAt,
} from './retention/retention.ts';
export { type MissingExpiry, setMissingExpiry } from './retention/set-missing-expiry.ts';

// For the local stack and for tests: a catalogue.

export { SAMPLE_PRODUCTS } from './product/sample-products.ts';
export { seedProducts } from './product/seed-products.ts';
