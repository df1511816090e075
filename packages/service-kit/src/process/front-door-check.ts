import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Header of the App Engine emulator's front door. */
const TOKEN_HEADER = 'x-app-engine-emulator-service-token';

/**
 * Makes the check that a request comes from the emulator's front door. The check removes the secret from the request,
 * so that no log or response shows it.
 * @param token the secret; undefined: every request passes
 */
export function frontDoorCheck(token: string | undefined): (request: IncomingMessage) => boolean {
  if (token === undefined) return () => true;
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const expected = digest(token);
  return (request) => {
    const given = request.headers[TOKEN_HEADER];
    delete request.headers[TOKEN_HEADER];
    return typeof given === 'string' && timingSafeEqual(digest(given), expected);
  };
}
