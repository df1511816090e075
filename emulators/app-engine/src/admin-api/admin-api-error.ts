/** Thrown for a response with another status than 200, in the shape of Google's APIs. */
export class AdminApiError extends Error {
  override readonly name = 'AdminApiError';
  /** Status of the response. */
  readonly httpStatus: number;
  readonly status: string;

  constructor(httpStatus: number, status: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.httpStatus = httpStatus;
    this.status = status;
  }
}

/** The API's error for a request that it does not understand. */
export function badRequest(message: string, cause?: unknown): AdminApiError {
  return new AdminApiError(400, 'INVALID_ARGUMENT', message, { cause });
}

/** The API's error for something that is not there. */
export function notFound(name: string): AdminApiError {
  return new AdminApiError(404, 'NOT_FOUND', `${name} was not found`);
}
