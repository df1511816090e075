import type { IncomingMessage } from 'node:http';

/**
 * A call that a stand-in answers: `METHOD /path`, unescaped, and what becomes of it. The groups of the pattern are handed
 * over.
 */
export type Route = readonly [
  RegExp,
  (match: readonly string[], body: Buffer, request: IncomingMessage) => object,
];

/** An answer with another status than 200, in the shape of Google's APIs. */
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

/** What the API says of something that is not there. */
export function notFound(what: string): ApiError {
  return new ApiError(404, 'NOT_FOUND', `${what} was not found`);
}

/** What it says of something that is there already. */
export function alreadyExists(what: string): ApiError {
  return new ApiError(409, 'ALREADY_EXISTS', `${what} already exists`);
}

export function json(body: Buffer): Record<string, unknown> {
  return JSON.parse(body.toString('utf8')) as Record<string, unknown>;
}

/** A parameter of a request's query; empty where it has none of that name. */
export function queryOf(request: IncomingMessage, name: string): string {
  return new URL(request.url ?? '/', 'http://x').searchParams.get(name) ?? '';
}
