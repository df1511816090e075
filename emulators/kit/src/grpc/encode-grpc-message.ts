/**
 * Encodes a status text for `grpc-message`: percent signs and all bytes outside printable ASCII are escaped. So are spaces
 * at either end, which HTTP/2 does not allow there.
 */
export function encodeGrpcMessage(text: string): string {
  return text.replace(/[^\x20-\x24\x26-\x7e]+|^ +| +$/g, (odd) =>
    Array.from(Buffer.from(odd), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}
