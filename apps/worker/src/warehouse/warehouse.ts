/** An order as the warehouse is told of it. */
export interface ShippingOrder {
  readonly orderId: string;
  readonly items: readonly { readonly productId: string; readonly name: string; readonly quantity: number }[];
}

/** Who packs the pieces and sends them. */
export interface Warehouse {
  /**
   * Tells the warehouse to send an order. It may be told again with the same key, and must then send nothing more.
   * @throws {PermanentError} WAREHOUSE_REFUSED: it does not take the order, and would not take it the next time
   * @throws {WarehouseUnavailableError} where it is not known whether it took the order
   * @throws {RetryLaterError} where it named a time to be told again
   */
  tell(order: ShippingOrder, key: string, signal: AbortSignal): Promise<void>;
}

/** The warehouse did not answer, or not conclusively. It may be told again, with the same key. */
export class WarehouseUnavailableError extends Error {
  override readonly name = 'WarehouseUnavailableError';
  readonly code = 'WAREHOUSE_UNAVAILABLE';
  readonly retryable = true;
}
