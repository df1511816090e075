/** Writes values as a token that means nothing to the client that sends it back. */
export function encodeOpaqueToken(values: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}

/** Reads the values of a token; none if `encodeOpaqueToken` did not write it. The caller checks them. */
export function decodeOpaqueToken(token: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}
