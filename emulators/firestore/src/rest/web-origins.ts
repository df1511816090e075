import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AllowedHosts, isFromWebPage } from '@waybill/emulator-kit';

/**
 * Lets web pages of this machine read responses (CORS). A page of any other site could read and change the data without
 * its user's knowledge, so it is refused.
 * @returns the origin that is refused; undefined if the request may go on
 */
export function allowOrigin(
  request: IncomingMessage,
  response: ServerResponse,
  hosts: AllowedHosts,
): string | undefined {
  const { origin } = request.headers;
  // An image or a frame of a page names no origin.
  if (origin === undefined) return isFromWebPage(request) ? 'that of an image or a frame' : undefined;
  response.setHeader('vary', 'Origin');
  const host = URL.parse(origin)?.host;
  if (host === undefined || host === '' || !hosts.allows(host)) return origin;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-allow-credentials', 'true');
  response.setHeader('access-control-allow-methods', 'DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT');
  return undefined;
}

/** Answers the question of a browser whether a page may send a request (preflight). */
export function answerPreflight(request: IncomingMessage, response: ServerResponse): void {
  const { headers } = request;
  const asked = headers['access-control-request-headers'];
  if (asked !== undefined) response.setHeader('access-control-allow-headers', asked);
  if (headers['access-control-request-private-network'] === 'true') {
    response.setHeader('access-control-allow-private-network', 'true');
  }
  response.setHeader('access-control-max-age', '3600');
  response.writeHead(200, { 'content-length': '0' }).end();
}

/** The text for a page whose request was refused. */
export function originRefusal(origin: string): string {
  const shown = JSON.stringify(origin.slice(0, 100));
  return `Web pages may call this emulator from localhost and loopback addresses; the origin was ${shown}. Start it with --allow-host NAME to allow the host of another page.`;
}
