/** Something that is sold, and how much of it is there: the document products/{productId}. */
export interface Product {
  /** Kebab case, at most 64 characters. */
  readonly productId: string;
  readonly name: string;
  /** Of one piece, in the currency's minor unit: 1299 is EUR 12.99. */
  readonly price: number;
  /** ISO 4217. */
  readonly currency: string;
  /** Pieces that can still be reserved. */
  readonly stock: number;
}
