/** A status of google.rpc.Code by its name. */
export type RestStatus = keyof typeof HTTP_STATUS;

/** HTTP statuses as google/rpc/code.proto maps them. */
export const HTTP_STATUS = {
  CANCELLED: 499,
  UNKNOWN: 500,
  INVALID_ARGUMENT: 400,
  DEADLINE_EXCEEDED: 504,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  PERMISSION_DENIED: 403,
  RESOURCE_EXHAUSTED: 429,
  FAILED_PRECONDITION: 400,
  ABORTED: 409,
  OUT_OF_RANGE: 400,
  UNIMPLEMENTED: 501,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  DATA_LOSS: 500,
  UNAUTHENTICATED: 401,
} as const;

/** A refusal in the terms of google.rpc.Status; each detail has its type in `@type`. */
export interface RestRefusal {
  readonly status: RestStatus;
  readonly message: string;
  readonly details?: readonly object[];
}

/** The body of a refusal, as Google's REST APIs send it. */
export function restErrorBody({ status, message, details = [] }: RestRefusal): object {
  return { error: { code: HTTP_STATUS[status], message, status, ...(details.length > 0 && { details }) } };
}
