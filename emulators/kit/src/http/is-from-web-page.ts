import type { IncomingMessage } from 'node:http';

/**
 * Whether a browser made a request for a web page. It then names an Origin, or a `Sec-Fetch-Site` other than `none`: an image or
 * a frame sends no Origin. Programs send neither, and `none` is an address that the person entered.
 */
export function isFromWebPage({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return headers.origin !== undefined || (headers['sec-fetch-site'] ?? 'none') !== 'none';
}
