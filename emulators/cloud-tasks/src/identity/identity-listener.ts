import type { RequestListener } from 'node:http';
import { parseRequestTarget, sendJson } from '@waybill/emulator-kit';
import type { TokenIssuer } from './token-issuer.ts';

/** Where Google's key set is too, below another host. */
const KEY_SET_PATH = '/oauth2/v3/certs';
/** OpenID Connect Discovery 1.0 §4. */
const DISCOVERY_PATH = '/.well-known/openid-configuration';

/** Publishes what verifies the tokens: the key set and the document that leads to it. The rest goes to `otherwise`. */
export function createIdentityListener(issuer: TokenIssuer, otherwise: RequestListener): RequestListener {
  return (request, response) => {
    const { path } = parseRequestTarget(request.url);
    if (request.method === 'GET' && path === DISCOVERY_PATH) {
      return sendJson(response, 200, {
        issuer: issuer.issuer,
        jwks_uri: `${issuer.issuer}${KEY_SET_PATH}`,
        response_types_supported: ['id_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        claims_supported: ['aud', 'azp', 'email', 'email_verified', 'exp', 'iat', 'iss', 'sub'],
      });
    }
    if (request.method === 'GET' && path === KEY_SET_PATH) {
      return issuer.keySet().then(
        (keySet) => sendJson(response, 200, keySet),
        (error: unknown) => sendJson(response, 500, { status: 500, title: String(error) }),
      );
    }
    return otherwise(request, response);
  };
}
