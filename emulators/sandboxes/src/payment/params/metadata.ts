import { invalidRequest } from '../stripe-api/stripe-api-error.ts';
import type { FormParams } from './form-params.ts';

const MAX_KEYS = 50;
const MAX_KEY_LENGTH = 40;
const MAX_VALUE_LENGTH = 500;

/**
 * Checks metadata as Stripe does: at most 50 keys of at most 40 characters, texts of at most 500.
 * Source: https://docs.stripe.com/api/metadata
 * @throws {StripeApiError} 400
 */
export function checkMetadata(metadata: FormParams): Record<string, string> {
  const entries = Object.entries(metadata).filter(([, value]) => value !== '');
  if (entries.length > MAX_KEYS) {
    throw invalidRequest(`Metadata can have up to ${MAX_KEYS} keys, but you passed in ${entries.length}.`, {
      param: 'metadata',
    });
  }
  const checked = entries.map(([key, value]): [string, string] => {
    const param = `metadata[${key}]`;
    if (typeof value !== 'string') throw invalidRequest('Metadata values must be strings.', { param });
    if (key.length > MAX_KEY_LENGTH) {
      throw invalidRequest(
        `Metadata keys can have up to ${MAX_KEY_LENGTH} characters, but you passed in a key that is ${key.length} characters.`,
        { param },
      );
    }
    if (value.length > MAX_VALUE_LENGTH) {
      throw invalidRequest(
        `Metadata values can have up to ${MAX_VALUE_LENGTH} characters, but you passed in a value that is ${value.length} characters.`,
        { param },
      );
    }
    return [key, value];
  });
  return Object.fromEntries(checked);
}
