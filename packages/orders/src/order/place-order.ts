import type { Product } from '../product/product.ts';
import type { Order } from './order.ts';

/** The largest amount of one order, in minor units; what the payment provider takes at most. */
export const MAX_AMOUNT = 99_999_999;

/** How far ahead an order may be placed at most: a card that is taken today has to be good then. */
export const MAX_AHEAD_DAYS = 365;

const DAY_MS = 86_400_000;

/** An order that can't be placed, though every field of it is right on its own. */
export class OrderRefusedError extends Error {
  override readonly name = 'OrderRefusedError';
  readonly code: 'MIXED_CURRENCIES' | 'AMOUNT_TOO_LARGE' | 'TOO_FAR_AHEAD';
  readonly retryable = false;

  constructor(code: OrderRefusedError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** What {@link placeOrder} needs to know. */
export interface OrderRequest {
  readonly orderId: string;
  readonly email: string;
  /** At least one. Prices are the products'. */
  readonly lines: readonly { readonly product: Product; readonly quantity: number }[];
  readonly paymentMethod: string;
  readonly clientKey?: string | undefined;
  readonly now: Date;
  /** When to begin, at most {@link MAX_AHEAD_DAYS} ahead. What is not after `now` begins at once. */
  readonly processAt?: Date | undefined;
}

/**
 * Makes a new order of products and quantities, with the products' names and prices of now.
 * @throws {OrderRefusedError} if the products have different currencies, the sum is beyond {@link MAX_AMOUNT}, or it
 *   is to begin more than {@link MAX_AHEAD_DAYS} ahead
 */
export function placeOrder(request: OrderRequest): Order {
  const { orderId, email, lines, paymentMethod, clientKey, now, processAt } = request;
  const [first] = lines;
  if (first === undefined) throw new RangeError('An order needs at least one item');
  const { currency } = first.product;
  const other = lines.find(({ product }) => product.currency !== currency);
  if (other !== undefined) {
    throw new OrderRefusedError(
      'MIXED_CURRENCIES',
      `All items of an order must have one currency, but "${first.product.productId}" is sold in ${currency} and ` +
        `"${other.product.productId}" in ${other.product.currency}: place one order for each`,
    );
  }
  const amount = lines.reduce((sum, { product, quantity }) => sum + product.price * quantity, 0);
  if (amount > MAX_AMOUNT) {
    throw new OrderRefusedError(
      'AMOUNT_TOO_LARGE',
      `An order's sum must be at most ${MAX_AMOUNT} in ${currency}'s minor unit, got ${amount}: split it up`,
    );
  }
  if (processAt !== undefined && processAt.getTime() - now.getTime() > MAX_AHEAD_DAYS * DAY_MS) {
    throw new OrderRefusedError(
      'TOO_FAR_AHEAD',
      `An order may begin at most ${MAX_AHEAD_DAYS} days ahead, got ${processAt.toISOString()}`,
    );
  }
  const isLater = processAt !== undefined && processAt > now;
  return {
    orderId,
    email,
    items: lines.map(({ product, quantity }) => ({
      productId: product.productId,
      name: product.name,
      quantity,
      unitPrice: product.price,
    })),
    amount,
    currency,
    paymentMethod,
    ...(clientKey !== undefined && { clientKey }),
    status: isLater ? 'scheduled' : 'processing',
    payment: { state: 'pending' },
    inventory: { state: 'pending' },
    createdAt: now,
    ...(isLater && { processAt }),
  };
}
