import type { IncomingHttpHeaders } from 'node:http';
import {
  asciiLowerCase,
  CLOCK_TOLERANCE_SECONDS,
  claimedEmail,
  isIssuedInFuture,
  requireProtectedUrl,
  ServiceError,
} from '@waybill/service-kit';
import {
  base64url,
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTClaimVerificationOptions,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
  UnsecuredJWT,
} from 'jose';
import { notACronRequest, notATaskRequest, type OriginCheck, readKnownDelivery } from './origin-check.ts';

/** Settings of {@link createOidcOriginCheck}. */
export interface OidcOriginCheckOptions {
  /** The signer of the tokens: `https://accounts.google.com`. */
  readonly issuer: string;
  /** The audience of the tokens: this service, so that a token for another is worth nothing here. */
  readonly audience: string;
  /** The e-mail address of the one account that may ask. */
  readonly serviceAccount: string;
  /** The issuer's public keys, or where they are as a JSON Web Key Set. */
  readonly keys: URL | JSONWebKeySet;
  /** The queues whose tasks this worker does, each with its shards. */
  readonly queues: readonly string[];
  /**
   * The verifier of the signatures. `here`: this check, against the keys. `cloud-run`: Cloud Run has, and has taken the
   * signature off; such a token is then believed, which is safe only while Cloud Run demands one (its invoker check is
   * on). One that still has its signature is verified here all the same. Default `here`.
   */
  readonly signature?: 'here' | 'cloud-run';
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly nowMs?: () => number;
}

/** The algorithm by which Google's own libraries verify such tokens; pinned, for a token must not choose how it is checked. */
const ALGORITHM = 'RS256';
const KEYS_TIMEOUT_MS = 5_000;
/** The text in place of a signature that Cloud Run took off. Source: Cloud Run, Troubleshooting, "signature removed". */
const REMOVED_SIGNATURE = 'SIGNATURE_REMOVED_BY_GOOGLE';

/**
 * The check for everywhere but App Engine: lets a request in that has an ID token of the right account for this very
 * service, as Cloud Tasks and Cloud Scheduler send it. The `X-CloudTasks-*` headers are read and prove nothing: all
 * that a task does comes from its record.
 * Source: https://cloud.google.com/tasks/docs/creating-http-target-tasks
 * @throws {RangeError} if the keys would be read over http from beyond this machine
 */
export function createOidcOriginCheck(options: OidcOriginCheckOptions): OriginCheck {
  const { issuer, audience, keys, signature = 'here', nowMs = Date.now } = options;
  const serviceAccount = asciiLowerCase(options.serviceAccount);
  if (keys instanceof URL) requireProtectedUrl('keys', keys);
  const keySet: JWTVerifyGetKey =
    keys instanceof URL
      ? createRemoteJWKSet(keys, { timeoutDuration: KEYS_TIMEOUT_MS })
      : createLocalJWKSet(keys);

  /** Undefined if the request is from the account; else what is wrong with it. */
  async function objectionTo(headers: IncomingHttpHeaders): Promise<string | undefined> {
    const [, token] = /^Bearer ([\w-]+\.[\w-]+\.[\w-]*)$/i.exec(headers.authorization ?? '') ?? [];
    if (token === undefined) return 'it has no ID token (Authorization: Bearer …)';
    const rules = {
      issuer,
      audience,
      requiredClaims: ['exp', 'iat', 'sub', 'email', 'email_verified'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(nowMs()),
    };
    let claims: JWTPayload;
    if (token.endsWith(`.${REMOVED_SIGNATURE}`) && signature !== 'cloud-run') {
      return 'Cloud Run took the signature off its ID token; TASK_TOKEN_SIGNATURE says who is to verify it';
    }
    try {
      claims = token.endsWith(`.${REMOVED_SIGNATURE}`)
        ? claimsVerifiedByCloudRun(token, rules)
        : (await jwtVerify(token, keySet, { ...rules, algorithms: [ALGORITHM] })).payload;
    } catch (error) {
      if (isBadToken(error)) return `its ID token does not hold: ${error.message}`;
      throw new ServiceError({
        code: 'TOKEN_KEYS_UNAVAILABLE',
        // Not 503, which would slow the whole queue down.
        status: 500,
        message: 'The keys that ID tokens are verified with can’t be had',
        cause: error,
      });
    }
    const { email, email_verified: verified, iat } = claims;
    if (isIssuedInFuture(iat, rules.currentDate.getTime())) return 'its ID token is issued in the future';
    if (typeof email !== 'string' || asciiLowerCase(email) !== serviceAccount || verified !== true) {
      return 'its ID token is of another account than the one that sends tasks';
    }
    return undefined;
  }

  return {
    async task(headers) {
      const objection = await objectionTo(headers);
      if (objection !== undefined) throw notATaskRequest(objection, claimedBy(headers));
      return readKnownDelivery(headers, 'X-CloudTasks-', options.queues);
    },
    async cron(headers) {
      const objection = await objectionTo(headers);
      if (objection !== undefined) throw notACronRequest(objection, claimedBy(headers));
    },
  };
}

/** The address that the request's token claims, for the log. */
function claimedBy({ authorization = '' }: IncomingHttpHeaders): string | undefined {
  return claimedEmail(authorization.replace(/^Bearer /i, ''));
}

/** The claims of a token without its signature, checked as those of any other. */
function claimsVerifiedByCloudRun(token: string, rules: JWTClaimVerificationOptions): JWTPayload {
  const [, payload = ''] = token.split('.');
  const unsecured = `${base64url.encode(JSON.stringify({ alg: 'none' }))}.${payload}.`;
  return UnsecuredJWT.decode(unsecured, rules).payload;
}

/** Whether the token itself is at fault: not so where the keys could not be read. */
function isBadToken(error: unknown): error is Error {
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
