import { GrpcStatus } from '@waybill/emulator-kit';

/** An answer other than OK: a gRPC status code and the text that the client shows. */
export class FirestoreError extends Error {
  override readonly name: string = 'FirestoreError';
  readonly code: number;

  constructor(code: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The request is wrong whatever the data holds. Never worth a retry. */
export function invalidArgument(message: string): FirestoreError {
  return new FirestoreError(GrpcStatus.INVALID_ARGUMENT, message);
}

/** A precondition on an update time, or on the age of a snapshot, doesn't hold. */
export function failedPrecondition(message: string): FirestoreError {
  return new FirestoreError(GrpcStatus.FAILED_PRECONDITION, message);
}

/** A document that has to exist doesn't. */
export function notFound(message: string): FirestoreError {
  return new FirestoreError(GrpcStatus.NOT_FOUND, message);
}

/** A document that must not exist does. */
export function alreadyExists(message: string): FirestoreError {
  return new FirestoreError(GrpcStatus.ALREADY_EXISTS, message);
}

/** Not part of this emulator (yet). */
export function unimplemented(message: string): FirestoreError {
  return new FirestoreError(GrpcStatus.UNIMPLEMENTED, message);
}
