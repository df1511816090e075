import { createHash, randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import type { HttpTarget } from '../engine/tasks/task.ts';
import { openSigningKey, type SigningKey } from './signing-key.ts';

/** Google's ID tokens are valid for an hour. */
const ID_TOKEN_LIFETIME_SECONDS = 3_600;

/**
 * Makes the tokens that HTTP tasks carry: ID tokens as Google's are
 * (https://cloud.google.com/docs/authentication/token-types#id), signed with the emulator's own key, and access tokens
 * that open nothing.
 */
export class TokenIssuer {
  readonly #dataDir: string | undefined;
  readonly #wallClockMs: () => number;
  readonly #issuer: () => string;
  #key: Promise<SigningKey> | undefined;

  /**
   * @param options.dataDir where the key is kept; it is read or made when it is first needed
   * @param options.issuer the `iss` of the tokens; asked for at each one, as the emulator's port is not known before it listens
   * @param options.wallClockMs the machine's time, by which those who verify a token go too
   */
  constructor(options: {
    dataDir: string | undefined;
    issuer: () => string;
    wallClockMs: () => number;
  }) {
    this.#dataDir = options.dataDir;
    this.#issuer = options.issuer;
    this.#wallClockMs = options.wallClockMs;
  }

  get issuer(): string {
    return this.#issuer();
  }

  /** The public keys, as a JSON Web Key Set. @throws {Error} if the key can't be read or made */
  async keySet(): Promise<{ keys: readonly object[] }> {
    const { publicJwk } = await this.#signingKey();
    return { keys: [publicJwk] };
  }

  /** The public keys as X.509 certificates in PEM, by key id. @throws {Error} if the key can't be read or made */
  async certificates(): Promise<Readonly<Record<string, string>>> {
    const { publicJwk, certificate } = await this.#signingKey();
    return { [publicJwk.kid]: certificate };
  }

  /**
   * The Authorization header of an attempt; undefined where the task asks for none.
   * @throws {Error} if the key can't be read or made
   */
  async authorization({ oidcToken, oauthToken }: HttpTarget): Promise<string | undefined> {
    if (oidcToken !== undefined) {
      return `Bearer ${await this.idToken(oidcToken.serviceAccountEmail, oidcToken.audience)}`;
    }
    // Access tokens are opaque: whoever takes one can only ask Google about it.
    return oauthToken && `Bearer emulator.${randomBytes(32).toString('base64url')}`;
  }

  /** An ID token of an account, for an audience. @throws {Error} if the key can't be read or made */
  async idToken(email: string, audience: string): Promise<string> {
    const { privateKey, publicJwk } = await this.#signingKey();
    const nowSeconds = Math.floor(this.#wallClockMs() / 1_000);
    const subject = accountNumber(email);
    return new SignJWT({ azp: subject, email, email_verified: true })
      .setProtectedHeader({ alg: 'RS256', kid: publicJwk.kid, typ: 'JWT' })
      .setIssuer(this.issuer)
      .setSubject(subject)
      .setAudience(audience)
      .setIssuedAt(nowSeconds)
      .setExpirationTime(nowSeconds + ID_TOKEN_LIFETIME_SECONDS)
      .sign(privateKey);
  }

  #signingKey(): Promise<SigningKey> {
    this.#key ??= openSigningKey(this.#dataDir);
    return this.#key;
  }
}

/** Service accounts are known by 21 digits beside their address; here they follow from it. */
function accountNumber(email: string): string {
  const digits = BigInt(`0x${createHash('sha256').update(email).digest('hex')}`).toString();
  return `1${digits.slice(0, 20)}`;
}
