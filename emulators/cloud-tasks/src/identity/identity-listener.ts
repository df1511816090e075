import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { parseRequestTarget, sendJson } from '@waybill/emulator-kit';
import type { TokenIssuer } from './token-issuer.ts';

/** Where Google's key set is too, below another host. */
const KEY_SET_PATH = '/oauth2/v3/certs';
/** Where Google's keys are as certificates: what google-auth's `verify_oauth2_token` asks for. */
const CERTIFICATES_PATH = '/oauth2/v1/certs';
/** OpenID Connect Discovery 1.0 §4. */
const DISCOVERY_PATH = '/.well-known/openid-configuration';
/** The issuer of Google's own tokens, which has no key of the emulator. */
const GOOGLE_ISSUER = 'https://accounts.google.com';

/**
 * Publishes the keys that verify the tokens, as a key set and as certificates, and the document that leads to them.
 * The rest goes to `otherwise`.
 */
export function createIdentityListener(issuer: TokenIssuer, otherwise: RequestListener): RequestListener {
  const documents: Record<string, (request: IncomingMessage) => Promise<object>> = {
    [DISCOVERY_PATH]: async ({ headers }) => ({
      issuer: issuer.issuer,
      jwks_uri: `${keysOrigin(issuer.issuer, headers.host)}${KEY_SET_PATH}`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      claims_supported: ['aud', 'azp', 'email', 'email_verified', 'exp', 'iat', 'iss', 'sub'],
    }),
    [KEY_SET_PATH]: () => issuer.keySet(),
    [CERTIFICATES_PATH]: () => issuer.certificates(),
  };
  return (request, response) => {
    const { path } = parseRequestTarget(request.url);
    const document = request.method === 'GET' && Object.hasOwn(documents, path) ? documents[path] : undefined;
    return document ? send(response, document(request)) : otherwise(request, response);
  };
}

function keysOrigin(issuer: string, host: string | undefined): string {
  return issuer === GOOGLE_ISSUER && host ? `http://${host}` : issuer;
}

function send(response: ServerResponse, document: Promise<object>): Promise<void> {
  return document.then(
    (json) => sendJson(response, 200, json),
    (error: unknown) => sendJson(response, 500, { status: 500, code: 'INTERNAL', title: String(error) }),
  );
}
