import { createHmac } from 'node:crypto';

/** The header with the time at which a webhook was sent, in seconds since the Unix epoch. */
export const TIMESTAMP_HEADER = 'Waybill-Timestamp';
/** The header with its signature. */
export const SIGNATURE_HEADER = 'Waybill-Signature';

/**
 * Signs a webhook: `v1=` and the HMAC-SHA256, in hexadecimal, of the timestamp as its header has it, a full stop and
 * the body's bytes. The timestamp is part of what is signed, so that a receiver can refuse what somebody recorded and
 * sends again later. docs/warehouse-webhook.md tells receivers how to check it.
 */
export function webhookSignature(secret: string, timestamp: string, body: string): string {
  const digest = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return `v1=${digest}`;
}
