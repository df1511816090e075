export type {
  CancellationReason,
  Order,
  OrderInventory,
  OrderItem,
  OrderPayment,
  OrderStatus,
} from './order.ts';
export { documentOfOrder, orderOfSnapshot, orderReference } from './order-document.ts';
export { isOrderId, newOrderId, orderIdOfSubject, orderSubject } from './order-id.ts';
export {
  cancelOrder,
  recordCharge,
  recordPaymentFailure,
  recordReservation,
  recordReservationFailure,
} from './order-transitions.ts';
export { LARGEST_AMOUNT, OrderRefusedError, type OrderRequest, placeOrder } from './place-order.ts';
export type { Product } from './product.ts';
export {
  documentOfProduct,
  productCollection,
  productOfSnapshot,
  productReference,
} from './product-document.ts';
export { SAMPLE_PRODUCTS } from './sample-products.ts';
export { seedProducts } from './seed-products.ts';
export { type StockItem, type StockShortage, type StockTaking, takeFromStock } from './stock.ts';
