import { printableText } from '../logging/printable-text.ts';
import type { ServiceError } from './service-error.ts';

/**
 * The fields by which a log line explains a 403: its `reason`, and who the sender says it is. Both may hold what a stranger
 * sent, so they are bounded and without control characters. Empty for every other error.
 */
export function denialFields(error: ServiceError | undefined): Readonly<Record<string, string>> {
  if (error?.status !== 403) return {};
  return {
    reason: printableText(error.message),
    claimedIdentity: printableText(error.claimedIdentity ?? 'none'),
  };
}
