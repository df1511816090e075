import type {
  CollectionReference,
  DocumentData,
  DocumentReference,
  DocumentSnapshot,
  Firestore,
} from '@google-cloud/firestore';
import type { Product } from './product.ts';

/** The documents of all products. */
export function productCollection(firestore: Firestore): CollectionReference {
  return firestore.collection('products');
}

/** The document of a product: products/{productId}. */
export function productReference(firestore: Firestore, productId: string): DocumentReference {
  return productCollection(firestore).doc(productId);
}

/** Converts products to documents and back. */
export const productConverter = {
  /** The document of a product. */
  toFirestore(product: Product): DocumentData {
    return { ...product };
  },

  /**
   * Reads a product.
   * @returns undefined if the document does not exist
   * @throws {Error} if the document is not a product
   */
  fromFirestore(snapshot: DocumentSnapshot): Product | undefined {
    const data = snapshot.data();
    if (data === undefined) return undefined;
    const { name, price, currency, stock } = data;
    if (typeof name !== 'string' || typeof currency !== 'string' || !isAmount(price) || !isAmount(stock)) {
      throw new Error(
        `${snapshot.ref.path} is not a product: it must have name, price, currency and stock, and price and stock must ` +
          'be whole numbers from 0',
      );
    }
    return { productId: snapshot.id, name, price, currency, stock };
  },
} as const;

function isAmount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
