import type { IncomingHttpHeaders } from 'node:http';
import { invalidRequest, StripeApiError } from './stripe-api-error.ts';

const MAX_KEY_LENGTH = 255;

/** The key of a request; undefined where it has none. @throws {StripeApiError} 400 if it is too long */
export function readIdempotencyKey(headers: IncomingHttpHeaders): string | undefined {
  const key = headers['idempotency-key'];
  if (typeof key !== 'string' || key === '') return undefined;
  if (key.length <= MAX_KEY_LENGTH) return key;
  throw invalidRequest(`Idempotency keys can have up to ${MAX_KEY_LENGTH} characters, got ${key.length}.`);
}

/** The error for a key that came before with another request. */
export function keyReused(key: string, path: string, savedPath: string): StripeApiError {
  const same =
    path === savedPath
      ? 'with the same parameters they were first used with'
      : `for the same endpoint they were first used for ('${savedPath}' vs '${path}')`;
  return new StripeApiError(400, {
    type: 'idempotency_error',
    message: `Keys for idempotent requests can only be used ${same}. Try using a key other than '${key}' if you meant to execute a different request.`,
  });
}

/** The error for a key whose first request is still in progress. */
export function keyInUse(key: string): StripeApiError {
  return new StripeApiError(409, {
    type: 'invalid_request_error',
    code: 'idempotency_key_in_use',
    message: `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`,
  });
}
