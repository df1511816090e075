import { decodeOpaqueToken, encodeOpaqueToken } from '@waybill/emulator-kit';
import { invalidArgument } from '../firestore-error.ts';
import type { Micros } from '../values/timestamp.ts';

/** Where a listing goes on: in the data of the first page, after as many entries. */
export interface PagePosition {
  readonly readMicros: Micros;
  readonly offset: number;
}

/** Writes a position as the opaque token that the client sends back. */
export function encodePageToken(position: PagePosition): string {
  return encodeOpaqueToken([position.readMicros, position.offset]);
}

/**
 * Reads a token; undefined where there is none.
 * @throws {FirestoreError} INVALID_ARGUMENT
 */
export function decodePageToken(token: string): PagePosition | undefined {
  if (token === '') return undefined;
  const [readMicros, offset] = decodeOpaqueToken(token);
  if (!Number.isSafeInteger(readMicros) || !Number.isSafeInteger(offset)) {
    throw invalidArgument('invalid page token');
  }
  return { readMicros: readMicros as Micros, offset: offset as number };
}
