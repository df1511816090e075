import { ConnectionError } from './connection-error.ts';
import { ErrorCode } from './error-code.ts';
import { Flag } from './frame.ts';

/**
 * The payload of a frame without its padding.
 * @throws {ConnectionError} PROTOCOL_ERROR if the padding is longer than the payload
 */
export function readPadded(flags: number, payload: Buffer): Buffer {
  if ((flags & Flag.PADDED) === 0) return payload;
  const end = payload.length - (payload[0] ?? 0);
  if (payload.length === 0 || end < 1) {
    throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'The padding is longer than its frame');
  }
  return payload.subarray(1, end);
}
