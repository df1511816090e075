import { STATUS_CODES } from 'node:http';

/** What a {@link ServiceError} is made of. */
export interface ServiceErrorOptions {
  /** Stable, SCREAMING_SNAKE; what programs look at. Never reused for another meaning. */
  code: string;
  /** The HTTP status, 400–599. */
  status: number;
  /** What, which one, what was expected, what to do. Without payload values. Goes to logs; to clients only below 500. */
  message: string;
  /** Whether the same request can succeed later. Default: true for 408, 425, 429 and from 500 on. */
  retryable?: boolean;
  /** What a client is told instead of `message`; the only way to tell it more than the title from 500 on. */
  detail?: string;
  /** Further members of the problem document, shown to the client. The standard members can't be replaced. */
  problem?: Readonly<Record<string, unknown>>;
  /**
   * Of a 403: who the sender says it is, as far as the request tells. It is not proved. Goes to the log alone.
   */
  claimedIdentity?: string | undefined;
  /** When to try again, in seconds: becomes the `Retry-After` header. */
  retryAfterSeconds?: number;
  /** Further response headers. */
  headers?: Readonly<Record<string, string>>;
  cause?: unknown;
}

/**
 * An error with an answer of its own: status, stable code, whether trying again helps. `createService` turns it into
 * a problem document (RFC 9457).
 */
export class ServiceError extends Error {
  override readonly name: string = 'ServiceError';
  readonly code: string;
  readonly status: number;
  readonly retryable: boolean;
  readonly detail: string | undefined;
  readonly problem: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly claimedIdentity: string | undefined;

  constructor(options: ServiceErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.status = options.status;
    this.retryable = options.retryable ?? isRetryableStatus(options.status);
    this.detail = options.detail;
    this.problem = options.problem ?? {};
    this.claimedIdentity = options.claimedIdentity;
    this.headers = {
      ...options.headers,
      ...(options.retryAfterSeconds !== undefined && { 'Retry-After': String(options.retryAfterSeconds) }),
    };
  }
}

/** A problem document (RFC 9457), with this project's members `code` and `retryable`. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly retryable: boolean;
  readonly instance?: string;
  readonly [extra: string]: unknown;
}

/** The media type of {@link ProblemDocument}. */
export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/**
 * Any thrown value as a ServiceError. Errors of Koa's `ctx.throw` keep their status, and their message if they expose
 * it; everything else is a 500 `INTERNAL` with the thrown value as its cause.
 */
export function toServiceError(thrown: unknown): ServiceError {
  if (thrown instanceof ServiceError) return thrown;
  if (isHttpError(thrown)) {
    return new ServiceError({
      code: codeOfStatus(thrown.status),
      status: thrown.status,
      message: thrown.message,
      ...(!thrown.expose && { detail: STATUS_CODES[thrown.status] ?? 'Error' }),
      headers: thrown.headers ?? {},
      cause: thrown,
    });
  }
  return new ServiceError({
    code: 'INTERNAL',
    status: 500,
    message: 'Unexpected error while handling a request',
    cause: thrown,
  });
}

/**
 * The problem document of an error. From status 500 on nothing of its message gets out: such messages are written for
 * operators. `instance` is a URI reference of the occurrence, usually the request's path.
 */
export function toProblemDocument(error: ServiceError, instance?: string): ProblemDocument {
  const title = STATUS_CODES[error.status] ?? 'Error';
  return {
    ...error.problem,
    type: 'about:blank',
    title,
    status: error.status,
    detail: error.detail ?? (error.status < 500 ? error.message : hiddenDetail(error)),
    code: error.code,
    retryable: error.retryable,
    ...(instance !== undefined && { instance }),
  };
}

/** The code of a status that no error of ours explains: 404 is `NOT_FOUND`, 405 `METHOD_NOT_ALLOWED`. */
export function codeOfStatus(status: number): string {
  if (status === 500) return 'INTERNAL';
  return (STATUS_CODES[status] ?? `HTTP ${status}`)
    .toUpperCase()
    .replace(/'/g, '')
    .replace(/[^A-Z0-9]+/g, '_');
}

function isRetryableStatus(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

function hiddenDetail(error: ServiceError): string {
  return error.retryable
    ? 'The service could not handle this request now. Try again later.'
    : 'The service could not handle this request.';
}

interface HttpError extends Error {
  status: number;
  expose: boolean;
  headers?: Record<string, string>;
}

// What Koa's ctx.throw makes (package http-errors). A status alone isn't enough: clients' errors have one too, which
// says how *their* server answered.
function isHttpError(thrown: unknown): thrown is HttpError {
  if (!(thrown instanceof Error)) return false;
  const { status, expose } = thrown as Partial<HttpError>;
  return typeof status === 'number' && status >= 400 && status < 600 && typeof expose === 'boolean';
}
