/** Bounds the work on a token that nobody has verified. */
const MAX_TOKEN_LENGTH = 16_000;

/**
 * The address that a JSON Web Token claims, verified or not, for a log: undefined where it is no token or names none. Never
 * decide by it.
 */
export function claimedEmail(token: string): string | undefined {
  const [, payload] = token.split('.', 2);
  if (payload === undefined || token.length > MAX_TOKEN_LENGTH) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    const { email } = (claims ?? {}) as { email?: unknown };
    return typeof email === 'string' ? email : undefined;
  } catch {
    return undefined;
  }
}
