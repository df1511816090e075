import type { Product } from '@waybill/orders';
import type { OrderWish } from './support/order-client.ts';
import type { SeededRandom } from './support/seeded-random.ts';
import type { PlacedOrder } from './support/verdict.ts';

/** An order of the random campaign, before it is placed. */
export interface RandomOrder extends OrderWish {
  readonly kind: PlacedOrder['kind'];
}

/** Orders that meet each of these, of all. */
const SHARES = [
  { share: 0.08, kind: 'declined', paymentMethod: 'pm_card_chargeDeclined' },
  { share: 0.04, kind: 'paid', paymentMethod: 'pm_sandbox_resetAfterCharge' },
  { share: 0.01, kind: 'paid', paymentMethod: 'pm_sandbox_timeoutAfterCharge' },
  { share: 0.02, kind: 'paid', paymentMethod: 'pm_sandbox_serverErrorOnce' },
] as const;
const SCARCE_SHARE = 0.06;
const PRODUCTS = 24;
const SCARCE = 'scarce';

/** Many products that are there, and one of which half of the orders for it can't be served. */
export function randomShelf(orders: number): Product[] {
  const plenty = Array.from({ length: PRODUCTS }, (_, index) => ({
    productId: `goods-${index + 1}`,
    name: `Goods ${index + 1}`,
    price: 100 * (index + 1),
    currency: 'EUR',
    stock: 10 * orders,
  }));
  const scarce = { productId: SCARCE, name: 'Scarce', price: 5_000, currency: 'EUR' };
  return [...plenty, { ...scarce, stock: Math.ceil((orders * SCARCE_SHARE) / 2) }];
}

/** What is ordered; the same for the same seed. */
export function randomOrders(count: number, random: SeededRandom): RandomOrder[] {
  return Array.from({ length: count }, (_, index): RandomOrder => {
    const email = `order-${index + 1}@example.com`;
    const drawn = random.next();
    const productId = `goods-${random.below(PRODUCTS) + 1}`;
    const quantity = random.below(3) + 1;
    let sum = 0;
    for (const { share, kind, paymentMethod } of SHARES) {
      sum += share;
      if (drawn < sum) return { email, kind, productId, quantity, paymentMethod };
    }
    const paid = { email, quantity, paymentMethod: 'pm_card_visa' };
    if (drawn < sum + SCARCE_SHARE) return { ...paid, kind: 'scarce', productId: SCARCE, quantity: 1 };
    return { ...paid, kind: 'paid', productId };
  });
}
