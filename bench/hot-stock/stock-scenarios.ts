/** A load of reservations on one product. */
export interface StockScenario {
  readonly name: string;
  /** Pieces at the start. */
  readonly stock: number;
  readonly orders: number;
  /** Maximum pieces of an order: the orders take 1, 2, … and begin again. */
  readonly maxQuantity: number;
  /** Each n-th order that gets its pieces is cancelled at once; 0: none. */
  readonly cancelEach: number;
  /** Pieces that an operator adds to the product's document when half of the orders have begun. */
  readonly restock: number;
}

const PLAIN = { orders: 300, maxQuantity: 1, cancelEach: 0, restock: 0 } as const;

/** Loads that a shop may meet. */
export const STOCK_SCENARIOS: readonly StockScenario[] = [
  { ...PLAIN, name: 'plenty', stock: 1_000 },
  { ...PLAIN, name: 'sells-out', stock: 150 },
  { ...PLAIN, name: 'several-pieces', stock: 400, maxQuantity: 4 },
  { ...PLAIN, name: 'restocked', stock: 100, restock: 150 },
  { ...PLAIN, name: 'cancelled', stock: 150, cancelEach: 3 },
  { ...PLAIN, name: 'sixty', stock: 60 },
  { ...PLAIN, name: 'few', stock: 30, orders: 100 },
  { ...PLAIN, name: 'three', stock: 3, orders: 60 },
];
