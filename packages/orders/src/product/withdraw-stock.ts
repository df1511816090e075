import type { TaskTransaction } from '@waybill/task-runtime';
import { quantitiesOf, returnToStock, type StockShortage, takeFromStock } from './stock.ts';
import type { StockAccess, StockSource } from './stock-access.ts';
import { readStockSources } from './stock-source.ts';

/**
 * Takes an order's items out of stock, all or none. Nothing is short as long as the pieces are there, in whichever
 * shards.
 * @returns the shortages; none where all was taken
 */
export async function withdrawStock(
  transaction: TaskTransaction,
  access: StockAccess,
): Promise<readonly StockShortage[]> {
  const sources = await readStockSources(transaction, access, quantitiesOf(access.items));
  const { taken, shortages } = takeFromStock(
    sources.map(({ product }) => product),
    access.items,
  );
  if (taken === undefined) return shortages;
  put(sources, taken);
  return [];
}

/** Puts an order's items back into stock, as far as they are still sold. */
export async function putBackStock(transaction: TaskTransaction, access: StockAccess): Promise<void> {
  const nothing = new Map(access.items.map(({ productId }) => [productId, 0]));
  const sources = await readStockSources(transaction, access, nothing);
  put(
    sources,
    returnToStock(
      sources.map(({ product }) => product),
      access.items,
    ),
  );
}

function put(
  sources: readonly StockSource[],
  products: readonly { productId: string; stock: number }[],
): void {
  for (const { productId, stock } of products) {
    sources.find(({ product }) => product.productId === productId)?.put(stock);
  }
}
