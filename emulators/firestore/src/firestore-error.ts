import { status } from '@grpc/grpc-js';

/** An answer other than OK: a gRPC status code and the text that the client shows. */
export class FirestoreError extends Error {
  override readonly name: string = 'FirestoreError';
  readonly code: status;

  constructor(code: status, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The request is wrong whatever the data holds. Never worth a retry. */
export function invalidArgument(message: string): FirestoreError {
  return new FirestoreError(status.INVALID_ARGUMENT, message);
}

/** A precondition on an update time, or on the age of a snapshot, doesn't hold. */
export function failedPrecondition(message: string): FirestoreError {
  return new FirestoreError(status.FAILED_PRECONDITION, message);
}

/** A document that has to exist doesn't. */
export function notFound(message: string): FirestoreError {
  return new FirestoreError(status.NOT_FOUND, message);
}

/** A document that must not exist does. */
export function alreadyExists(message: string): FirestoreError {
  return new FirestoreError(status.ALREADY_EXISTS, message);
}

/** Not part of this emulator (yet). */
export function unimplemented(message: string): FirestoreError {
  return new FirestoreError(status.UNIMPLEMENTED, message);
}
