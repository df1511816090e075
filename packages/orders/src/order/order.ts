/** Where an order stands. `confirmed` means paid and reserved; `cancelled` is never left again. */
export type OrderStatus = 'scheduled' | 'processing' | 'confirmed' | 'cancelled';

/** Why an order was cancelled, as it is shown to the customer. */
export type CancellationReason =
  | 'payment-declined'
  | 'payment-failed'
  | 'out-of-stock'
  | 'reservation-failed'
  | 'customer';

/** One line of an order; name and price are those of the moment it was placed. */
export interface OrderItem {
  readonly productId: string;
  readonly name: string;
  /** Pieces, from 1. */
  readonly quantity: number;
  /** In the order's currency's minor unit. */
  readonly unitPrice: number;
}

/**
 * What is known of the payment. `failed` carries the failure's code; unless that is `PAYMENT_DECLINED`, a charge may
 * still turn up, and is given back then.
 */
export type OrderPayment =
  | { readonly state: 'pending' }
  | { readonly state: 'charged'; readonly chargeId: string; readonly chargedAt: Date }
  | { readonly state: 'failed'; readonly code: string }
  | {
      readonly state: 'refunded';
      readonly chargeId: string;
      readonly refundId: string;
      readonly refundedAt: Date;
    };

/** What is known of the pieces in stock. `failed` carries the failure's code; `released` ones are back in stock. */
export type OrderInventory =
  | { readonly state: 'pending' }
  | { readonly state: 'reserved'; readonly reservedAt: Date }
  | { readonly state: 'failed'; readonly code: string }
  | { readonly state: 'released'; readonly releasedAt: Date };

/**
 * What the warehouse knows. From `telling` on it may know of the order; `refused` means that it certainly does not
 * take it.
 */
export type OrderWarehouse =
  | { readonly state: 'telling'; readonly since: Date }
  | { readonly state: 'told'; readonly toldAt: Date }
  | { readonly state: 'refused'; readonly refusedAt: Date };

/** An order as every service reads and writes it: the document orders/{orderId}. */
export interface Order {
  /** 32 hexadecimal digits: 128 random bits. By it alone anyone may see the order's status. */
  readonly orderId: string;
  /** Empty once the order is erased, like its payment method. */
  readonly email: string;
  readonly items: readonly OrderItem[];
  /** The sum of the items, in the currency's minor unit: 1299 is EUR 12.99. */
  readonly amount: number;
  /** ISO 4217. */
  readonly currency: string;
  /** The payment provider's id of the card or account. */
  readonly paymentMethod: string;
  /** Keyed hash of the client's network address, by which limits count. Absent where it is not known, and once erased. */
  readonly clientKey?: string;
  readonly status: OrderStatus;
  readonly payment: OrderPayment;
  readonly inventory: OrderInventory;
  /** Absent until the warehouse is about to be told. */
  readonly warehouse?: OrderWarehouse;
  readonly createdAt: Date;
  /** When work on it is to begin; absent where that is at once. */
  readonly processAt?: Date;
  readonly cancellation?: { readonly reason: CancellationReason; readonly cancelledAt: Date };
}
