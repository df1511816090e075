/** A header block that cannot be decoded. The table of the connection is lost with it. */
export class HpackError extends Error {
  override readonly name = 'HpackError';
}
