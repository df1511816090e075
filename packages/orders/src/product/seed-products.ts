import type { Firestore } from '@google-cloud/firestore';
import type { Product } from './product.ts';
import { productConverter, productReference } from './product-converter.ts';
import { SAMPLE_PRODUCTS } from './sample-products.ts';

const ALREADY_EXISTS = 6;

/**
 * Puts products into Firestore that are not there yet. What is there stays as it is: a restart must not refill stock.
 * @param products default {@link SAMPLE_PRODUCTS}
 * @returns the ids of those it created
 */
export async function seedProducts(
  firestore: Firestore,
  products: readonly Product[] = SAMPLE_PRODUCTS,
): Promise<string[]> {
  const created = await Promise.all(
    products.map(async (product) => {
      try {
        await productReference(firestore, product.productId).create(productConverter.toFirestore(product));
        return product.productId;
      } catch (error) {
        if ((error as { code?: unknown }).code === ALREADY_EXISTS) return undefined;
        throw error;
      }
    }),
  );
  return created.filter((productId) => productId !== undefined);
}
