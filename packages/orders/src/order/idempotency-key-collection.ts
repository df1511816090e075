import type { CollectionReference, Firestore } from '@google-cloud/firestore';

/** The first responses to requests with an Idempotency-Key, each with the id of its order. */
export function idempotencyKeyCollection(firestore: Firestore): CollectionReference {
  return firestore.collection('idempotencyKeys');
}
