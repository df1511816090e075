import { type ControlRoute, sendJson } from '@waybill/emulator-kit';
import type { TokenIssuer } from './token-issuer.ts';

/** The control route by which what stands for Cloud Scheduler gets tokens of the same key. */
export function tokenRoutes(issuer: TokenIssuer): Record<`POST /emulator/${string}`, ControlRoute> {
  return {
    /** `{serviceAccountEmail, audience}` → `{token}`: an ID token as tasks carry it. */
    'POST /emulator/id-token': async (_request, response, body) => {
      const { serviceAccountEmail, audience } = (body ?? {}) as Record<string, unknown>;
      if (typeof serviceAccountEmail !== 'string' || typeof audience !== 'string') {
        const title = 'An ID token needs {"serviceAccountEmail": "…", "audience": "…"}';
        return sendJson(response, 400, { status: 400, code: 'BAD_ID_TOKEN', title });
      }
      sendJson(response, 200, { token: await issuer.idToken(serviceAccountEmail, audience) });
    },
  };
}
