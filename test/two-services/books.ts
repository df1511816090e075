import type { Firestore } from '@google-cloud/firestore';
import type { TaskTransaction } from '@waybill/task-runtime';

/** The sums that move between accounts: `account` holds what can be spent, `sold` what was charged. */
export type Book = 'account' | 'sold';

/** Adds to a book, by a read and a write: an effect that happens twice, or not at all, changes the sum. */
export async function addTo(
  firestore: Firestore,
  transaction: TaskTransaction,
  book: Book,
  amount: number,
): Promise<void> {
  const reference = firestore.doc(`books/${book}`);
  const before = ((await transaction.get(reference)).get('sum') as number | undefined) ?? 0;
  transaction.set(reference, { sum: before + amount });
}

/** Reads a book's sum. */
export async function readBook(firestore: Firestore, book: Book): Promise<number> {
  return ((await firestore.doc(`books/${book}`).get()).get('sum') as number | undefined) ?? 0;
}
