import { createHmac } from 'node:crypto';

/**
 * HMAC-SHA256 of a value, in base64url. The purpose keeps a hash from being used as one of another kind.
 * @param purpose with a version, such as `order-link/v1`
 */
export function keyedHash(secret: string, purpose: string, value: string): string {
  return createHmac('sha256', secret).update(`waybill/${purpose}\n${value}`).digest('base64url');
}
