import type { TargetRequest } from './target-request.ts';

/**
 * The request to which a redirect leads: 302 is recorded as followed by GET, without the body. 301 and 303 are taken
 * to be the same; 307 and 308 keep the method and the body. Credentials stay with the host they were for.
 * @returns undefined where the response is no redirect, or leads nowhere
 */
export function redirected(
  request: TargetRequest,
  status: number,
  location: string | undefined,
): TargetRequest | undefined {
  if (location === undefined || ![301, 302, 303, 307, 308].includes(status)) return undefined;
  const url = URL.parse(location, `${request.origin}${request.path}`);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  const keepsBody = status === 307 || status === 308;
  const { method } = request;
  const dropped = keepsBody ? /^$/ : /^content-(type|length|encoding|language|location)$/i;
  const secret = url.origin === request.origin ? /^$/ : /^(authorization|cookie)$/i;
  return {
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    method: keepsBody || method === 'HEAD' ? method : 'GET',
    headers: request.headers.filter(([name]) => !dropped.test(name) && !secret.test(name)),
    body: keepsBody ? request.body : new Uint8Array(),
  };
}
