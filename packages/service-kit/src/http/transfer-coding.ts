/**
 * Whether a request's transfer coding is understood: none, or chunked alone. Node takes `gzip, chunked`, but hands the body on
 * compressed: a proxy and a service would read two different requests (RFC 9112, section 6.1).
 */
export function isTransferCodingKnown(header: string | undefined): boolean {
  return header === undefined || header.trim().toLowerCase() === 'chunked';
}
