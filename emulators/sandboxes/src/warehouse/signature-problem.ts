import { createHmac, timingSafeEqual } from 'node:crypto';

/** How far a webhook's time may be from the receiver's own: what was recorded cannot be sent again later. */
const TOLERANCE_SECONDS = 300;

/**
 * Whether a webhook was signed with the shared secret, and just now. Written by what docs/warehouse-webhook.md tells
 * any receiver.
 * @returns what is wrong; undefined: nothing
 */
export function signatureProblem(
  secret: string,
  request: { timestamp: string | undefined; signature: string | undefined; body: Buffer },
  nowMs: number,
): string | undefined {
  const { timestamp, signature, body } = request;
  if (timestamp === undefined || signature === undefined) {
    return 'The headers Waybill-Timestamp and Waybill-Signature must be there';
  }
  if (!/^\d{1,12}$/.test(timestamp)) return 'Waybill-Timestamp must be in seconds since the Unix epoch';
  const expected = `v1=${createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex')}`;
  const given = Buffer.from(signature);
  if (given.length !== expected.length || !timingSafeEqual(given, Buffer.from(expected))) {
    return 'Waybill-Signature is not of this timestamp and body by the shared secret';
  }
  const ageSeconds = Math.abs(nowMs / 1_000 - Number(timestamp));
  return ageSeconds <= TOLERANCE_SECONDS
    ? undefined
    : `Waybill-Timestamp is more than ${TOLERANCE_SECONDS} s from now`;
}
