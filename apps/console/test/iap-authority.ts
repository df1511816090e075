import { startTestServer } from '@waybill/service-kit/testing';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';

export const AUDIENCE = '/projects/1/apps/test-bed';

/** Signs as Identity-Aware Proxy does, and publishes its key. */
export interface IapAuthority {
  readonly keysUrl: URL;
  /** An assertion for an address; whatever is given takes the place of what IAP would say. */
  assert(email: string, forged?: Forgery): Promise<string>;
  close(): Promise<void>;
}

/** What a forger changes. */
export interface Forgery {
  readonly audience?: string;
  readonly issuer?: string;
  readonly issuedSecondsAgo?: number;
  readonly key?: CryptoKey;
  readonly kid?: string;
  readonly leaveOut?: 'email' | 'exp';
}

export async function startIapAuthority(): Promise<IapAuthority> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' };
  const server = await startTestServer((_request, response) => {
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ keys: [jwk] }));
  });
  return {
    keysUrl: new URL('/keys', server.url),
    async assert(email, forged = {}) {
      const { audience = AUDIENCE, issuer = 'https://cloud.google.com/iap', issuedSecondsAgo = 0 } = forged;
      const issuedAt = Math.floor(Date.now() / 1_000) - issuedSecondsAgo;
      const token = new SignJWT(forged.leaveOut === 'email' ? {} : { email })
        .setProtectedHeader({ alg: 'ES256', kid: forged.kid ?? 'k1' })
        .setSubject('accounts.google.com:1')
        .setAudience(audience)
        .setIssuer(issuer)
        .setIssuedAt(issuedAt);
      if (forged.leaveOut !== 'exp') token.setExpirationTime(issuedAt + 600);
      return token.sign(forged.key ?? privateKey);
    },
    close: server.close,
  };
}
