import { createHash } from 'node:crypto';
import type { DocumentReference, DocumentSnapshot, Firestore } from '@google-cloud/firestore';
import { idempotencyKeyCollection, type OrderStatus } from '@waybill/orders';
import { ServiceError } from '@waybill/service-kit';

/** The time that an Idempotency-Key is kept. */
const IDEMPOTENCY_KEY_SECONDS = 24 * 3600;

/** The first response to a request with an Idempotency-Key: the document idempotencyKeys/{SHA-256 of the address and the key}. */
export interface FirstResponse {
  readonly bodyHash: string;
  readonly orderId: string;
  readonly status: OrderStatus;
  /** When Firestore may delete it (TTL). It may still be there later: the time decides. */
  readonly expireAt: Date;
}

/**
 * Checks an Idempotency-Key header.
 * @param header undefined where the request has none
 * @throws {ServiceError} 400 IDEMPOTENCY_KEY_INVALID unless it has 1 to 255 visible ASCII characters
 */
export function parseIdempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && /^[\x21-\x7e]{1,255}$/.test(header)) return header;
  throw new ServiceError({
    code: 'IDEMPOTENCY_KEY_INVALID',
    status: 400,
    message: 'Idempotency-Key must be given once and have 1 to 255 visible ASCII characters, without spaces',
  });
}

/**
 * The document of a key's first response. A key belongs to its owner, mostly the order's address: the same key of another one
 * neither shows nor blocks this one's order (decision 0066).
 */
export function firstResponseReference(
  firestore: Firestore,
  { key, owner }: { key: string; owner: string },
): DocumentReference {
  const scoped = JSON.stringify(['v2', owner, key]);
  return idempotencyKeyCollection(firestore).doc(createHash('sha256').update(scoped).digest('hex'));
}

/** The document of a key's first response by a version that did not know of addresses: one that stands beside this one in a roll-out. */
export function unscopedResponseReference(firestore: Firestore, key: string): DocumentReference {
  return idempotencyKeyCollection(firestore).doc(createHash('sha256').update(key).digest('hex'));
}

/** A response that an earlier version kept, if it is to this very body: any other is another customer's. */
export function unscopedResponse(
  snapshot: DocumentSnapshot,
  bodyHash: string,
  now: Date,
): { orderId: string; status: OrderStatus } | undefined {
  return snapshot.get('bodyHash') === bodyHash ? repeatedResponse(snapshot, bodyHash, now) : undefined;
}

/** Makes the document of a first response, which is kept from `now` on. */
export function newFirstResponse(response: Omit<FirstResponse, 'expireAt'>, now: Date): FirstResponse {
  return { ...response, expireAt: new Date(now.getTime() + IDEMPOTENCY_KEY_SECONDS * 1_000) };
}

/**
 * The response to repeat; undefined if the key is new or expired.
 * @param bodyHash of the body that comes with the key this time
 * @throws {ServiceError} 409 IDEMPOTENCY_KEY_REUSED if the key came with another body before
 */
export function repeatedResponse(
  snapshot: DocumentSnapshot,
  bodyHash: string,
  now: Date,
): { orderId: string; status: OrderStatus } | undefined {
  const data = snapshot.data();
  if (data === undefined || data['expireAt'].toDate() <= now) return undefined;
  if (data['bodyHash'] !== bodyHash) {
    throw new ServiceError({
      code: 'IDEMPOTENCY_KEY_REUSED',
      status: 409,
      message: 'This Idempotency-Key came with another body before: use a new key for a new order',
    });
  }
  return { orderId: data['orderId'], status: data['status'] };
}
