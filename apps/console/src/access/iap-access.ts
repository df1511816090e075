import {
  asciiLowerCase,
  CLOCK_TOLERANCE_SECONDS,
  claimedEmail,
  isIssuedInFuture,
  requireProtectedUrl,
} from '@waybill/service-kit';
import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { type Access, AccessDeniedError, AccessUnavailableError, type Role } from './identity.ts';

/** Settings of {@link createIapAccess}. */
export interface IapAccessOptions {
  /** What assertions must be for: `/projects/<project number>/apps/<project id>`. */
  readonly audience: string;
  /** Where IAP's public keys are, as a JSON Web Key Set. */
  readonly keysUrl: URL;
  /** E-mail addresses with A to Z in lower case. Who is on both lists is an operator. */
  readonly operators: readonly string[];
  readonly viewers: readonly string[];
  /** Milliseconds since the epoch. */
  readonly clockNowMs: () => number;
}

const ISSUER = 'https://cloud.google.com/iap';
const HEADER = 'x-goog-iap-jwt-assertion';
const KEYS_TIMEOUT_MS = 5_000;

/**
 * Lets in whom Identity-Aware Proxy vouches for by its signed header, if the address is on a list. App Engine removes
 * that header from requests that did not come through IAP, but the signature is what counts.
 * Source: https://cloud.google.com/iap/docs/signed-headers-howto
 * @throws {RangeError} if the keys would be read over http from beyond this machine
 */
export function createIapAccess(options: IapAccessOptions): Access {
  const { audience, keysUrl, clockNowMs } = options;
  requireProtectedUrl('keysUrl', keysUrl);
  const keys = createRemoteJWKSet(keysUrl, { timeoutDuration: KEYS_TIMEOUT_MS });
  const roles = new Map<string, Role>([
    ...options.viewers.map((address) => [address, 'viewer'] as const),
    ...options.operators.map((address) => [address, 'operator'] as const),
  ]);
  return async (request) => {
    const assertion = request.headers[HEADER];
    if (typeof assertion !== 'string' || assertion === '') {
      throw new AccessDeniedError('The request has no assertion of IAP', {
        claimedIdentity: headerText(request.headers['x-goog-authenticated-user-email']),
      });
    }
    const email = await verifiedEmail(assertion, keys, { audience, nowMs: clockNowMs() });
    const role = roles.get(email);
    if (role === undefined) {
      throw new AccessDeniedError('IAP vouches for an address that is neither an operator’s nor a viewer’s', {
        claimedIdentity: email,
      });
    }
    return { who: email, role };
  };
}

async function verifiedEmail(
  assertion: string,
  keys: JWTVerifyGetKey,
  options: { audience: string; nowMs: number },
): Promise<string> {
  const claimedIdentity = claimedEmail(assertion);
  try {
    const { payload } = await jwtVerify(assertion, keys, {
      // Pinned: a token must not choose how it is checked.
      algorithms: ['ES256'],
      issuer: ISSUER,
      audience: options.audience,
      requiredClaims: ['exp', 'iat', 'sub', 'email'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(options.nowMs),
    });
    const { email, iat } = payload;
    if (isIssuedInFuture(iat, options.nowMs)) {
      throw new AccessDeniedError('The assertion of IAP is issued in the future', { claimedIdentity });
    }
    if (typeof email !== 'string')
      throw new AccessDeniedError('The assertion’s email is no text', { claimedIdentity });
    return asciiLowerCase(email);
  } catch (error) {
    if (error instanceof AccessDeniedError) throw error;
    // Only what is wrong with the token itself is the sender's doing.
    if (isForgery(error)) {
      throw new AccessDeniedError(`The assertion of IAP does not hold: ${error.message}`, {
        claimedIdentity,
        cause: error,
      });
    }
    throw new AccessUnavailableError('The keys of IAP can’t be had', error);
  }
}

function headerText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}

function isForgery(error: unknown): error is Error {
  return (
    error instanceof errors.JWTClaimValidationFailed ||
    error instanceof errors.JWTExpired ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  );
}
