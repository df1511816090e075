import type { IncomingMessage } from 'node:http';

/**
 * A call that a stand-in answers: a pattern of `METHOD /path`, unescaped, and a function of the pattern's groups that gives
 * the response.
 */
export type Route = readonly [
  RegExp,
  (match: readonly string[], body: Buffer, request: IncomingMessage) => object,
];

/** Thrown for a response with another status than 200, in the shape of Google's APIs. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: number;
  readonly status: string;

  constructor(code: number, status: string, message: string) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** The API's error for a request that it does not understand. */
export function badRequest(message: string): ApiError {
  return new ApiError(400, 'INVALID_ARGUMENT', message);
}

/** The API's error for something that is not there. */
export function notFound(name: string): ApiError {
  return new ApiError(404, 'NOT_FOUND', `${name} was not found`);
}

/** The API's error for something that is there already. */
export function alreadyExists(name: string): ApiError {
  return new ApiError(409, 'ALREADY_EXISTS', `${name} already exists`);
}

export function json(body: Buffer): Record<string, unknown> {
  return JSON.parse(body.toString('utf8')) as Record<string, unknown>;
}

/** A parameter of a request's query; empty where it has none of that name. */
export function queryOf(request: IncomingMessage, name: string): string {
  return new URL(request.url ?? '/', 'http://x').searchParams.get(name) ?? '';
}
