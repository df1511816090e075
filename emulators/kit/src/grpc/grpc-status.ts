/** Status codes of gRPC. */
export const GrpcStatus = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

/** The end of a call other than OK. */
export interface GrpcFailure {
  readonly code: number;
  /** The text that the client shows. */
  readonly details: string;
  /** Trailers beside the status. Names that end in `-bin` take bytes. */
  readonly trailers?: Readonly<Record<string, string | Uint8Array>>;
}

/** Thrown where a request breaks the rules of gRPC. */
export class GrpcError extends Error implements GrpcFailure {
  override readonly name = 'GrpcError';
  readonly code: number;

  constructor(code: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  get details(): string {
    return this.message;
  }
}
