import type { Product } from './product.ts';

/** The shop's first shelf: enough to try everything, among it something scarce. */
export const SAMPLE_PRODUCTS: readonly Product[] = [
  { productId: 'espresso-beans', name: 'Espresso beans, 1 kg', price: 2490, currency: 'EUR', stock: 1000 },
  { productId: 'filter-beans', name: 'Filter beans, 500 g', price: 1490, currency: 'EUR', stock: 800 },
  { productId: 'hand-grinder', name: 'Hand grinder', price: 8900, currency: 'EUR', stock: 120 },
  { productId: 'pour-over-set', name: 'Pour-over set', price: 4250, currency: 'EUR', stock: 200 },
  { productId: 'stoneware-cup', name: 'Stoneware cup', price: 1650, currency: 'EUR', stock: 400 },
  { productId: 'lever-machine', name: 'Lever espresso machine', price: 129_900, currency: 'EUR', stock: 3 },
];
