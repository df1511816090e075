import { badRequest } from './admin-api-error.ts';

/** One call of an API. */
export interface AdminCall {
  /** The groups of the route's pattern. */
  readonly groups: readonly string[];
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** The response to a call: a JSON object, or headers beside one. */
export type AdminAnswer = object | { readonly headers: Readonly<Record<string, string>> };

/** A pattern of `METHOD /path`, unescaped, and the function that answers. */
export type AdminRoute = readonly [RegExp, (call: AdminCall) => AdminAnswer | Promise<AdminAnswer>];

/** The body of a call as a JSON object. @throws {AdminApiError} if it is none */
export function jsonBody<Body extends object>({ body }: AdminCall): Partial<Body> {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8') || '{}');
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed;
  } catch (error) {
    throw badRequest(`The body is no JSON: ${(error as Error).message}`, error);
  }
  throw badRequest('The body must be a JSON object');
}
