import type { Product } from './product.ts';

/** A number of pieces of a product. */
export interface StockItem {
  readonly productId: string;
  /** Pieces, from 1. */
  readonly quantity: number;
}

/** A product of which there is too little. */
export interface StockShortage {
  readonly productId: string;
  readonly wanted: number;
  /** 0 also where there is no such product. */
  readonly available: number;
}

/** The result of {@link takeFromStock}: every product with its new stock, or the shortages. */
export type StockWithdrawal =
  | { readonly taken: readonly Product[]; readonly shortages?: never }
  | { readonly taken?: never; readonly shortages: readonly StockShortage[] };

/**
 * Takes all items out of stock, or none.
 * @param products those that the items name; others are left out of the result
 * @param items the same product may be there more than once
 */
export function takeFromStock(products: readonly Product[], items: readonly StockItem[]): StockWithdrawal {
  const byId = new Map(products.map((product) => [product.productId, product]));
  const taken: Product[] = [];
  const shortages: StockShortage[] = [];
  for (const [productId, wanted] of quantitiesOf(items)) {
    const product = byId.get(productId);
    const available = product?.stock ?? 0;
    if (product === undefined || available < wanted) shortages.push({ productId, wanted, available });
    else taken.push({ ...product, stock: available - wanted });
  }
  return shortages.length > 0 ? { shortages } : { taken };
}

/**
 * Puts all items back into stock.
 * @param products those that the items name, as far as they are still sold; others are left out of the result
 */
export function returnToStock(products: readonly Product[], items: readonly StockItem[]): readonly Product[] {
  const returned = quantitiesOf(items);
  return products.flatMap((product) => {
    const quantity = returned.get(product.productId);
    return quantity === undefined ? [] : [{ ...product, stock: product.stock + quantity }];
  });
}

/** The pieces of each product that items name. */
export function quantitiesOf(items: readonly StockItem[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { productId, quantity } of items) {
    sums.set(productId, (sums.get(productId) ?? 0) + quantity);
  }
  return sums;
}
