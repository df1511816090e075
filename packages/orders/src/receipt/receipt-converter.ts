import type { DocumentData, DocumentReference, DocumentSnapshot, Firestore } from '@google-cloud/firestore';

/** The maximum size of a receipt: a document of Firestore holds 1 MiB, other fields included. */
export const MAX_RECEIPT_BYTES = 900_000;

/** The receipt of an order: the document receipts/{orderId}. */
export interface Receipt {
  readonly pdf: Buffer;
  /** Of the PDF, in hexadecimal. */
  readonly sha256: string;
}

/** The document of an order's receipt. */
export function receiptReference(firestore: Firestore, orderId: string): DocumentReference {
  return firestore.doc(`receipts/${orderId}`);
}

/** Converts receipts to documents and back. */
export const receiptConverter = {
  /**
   * The document of a receipt.
   * @param expireAt the time from which Firestore may delete it: that of its order
   */
  toFirestore(receipt: Receipt, expireAt: Date): DocumentData {
    return { ...receipt, expireAt };
  },

  /**
   * Reads a receipt.
   * @returns undefined if the document does not exist
   * @throws {Error} if the document is not a receipt
   */
  fromFirestore(snapshot: DocumentSnapshot): Receipt | undefined {
    const data = snapshot.data();
    if (data === undefined) return undefined;
    const { pdf, sha256 } = data;
    if (!(pdf instanceof Uint8Array) || typeof sha256 !== 'string') {
      throw new Error(`${snapshot.ref.path} is not a receipt: pdf or sha256 is missing or wrong`);
    }
    return { pdf: Buffer.from(pdf), sha256 };
  },
} as const;
