import type { IncomingMessage } from 'node:http';
import { isIP, isIPv6 } from 'node:net';

/**
 * Where a request's client address stands. `app-engine`: X-Appengine-User-IP, which App Engine sets and takes off requests from
 * outside. `forwarded`: X-Forwarded-For, to which Google's front end and each load balancer append one address; `trustedHops`
 * counts the load balancers. `socket`: the connection itself.
 */
export type ClientAddressSource =
  | { readonly kind: 'app-engine' }
  | { readonly kind: 'forwarded'; readonly trustedHops: number }
  | { readonly kind: 'socket' };

/** The source that a platform's environment calls for. */
export function clientAddressSource(config: {
  readonly GAE_ENV?: string | undefined;
  readonly K_SERVICE?: string | undefined;
  readonly TRUSTED_PROXY_HOPS: number;
}): ClientAddressSource {
  if (config.GAE_ENV === 'standard') return { kind: 'app-engine' };
  if (config.K_SERVICE !== undefined) return { kind: 'forwarded', trustedHops: config.TRUSTED_PROXY_HOPS };
  return { kind: 'socket' };
}

/**
 * The network address of a request's client, from what the client cannot set. An IPv6 address is cut to its /64, which one
 * subscriber has.
 * @returns undefined where the platform gives none
 */
export function clientAddress(
  request: Pick<IncomingMessage, 'headers' | 'socket'>,
  source: ClientAddressSource,
): string | undefined {
  const text = addressText(request, source)?.trim() ?? '';
  const address = /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(text) ? text.slice(7) : text;
  if (isIP(address) === 0) return undefined;
  return isIPv6(address) ? network64(address) : address;
}

function addressText(
  { headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>,
  source: ClientAddressSource,
): string | undefined {
  if (source.kind === 'socket') return socket.remoteAddress;
  if (source.kind === 'app-engine') return headers['x-appengine-user-ip']?.toString();
  // Node joins repeated headers in their order.
  const hops = headers['x-forwarded-for']?.toString().split(',') ?? [];
  return hops.at(-1 - source.trustedHops);
}

function network64(address: string): string {
  const [bare = ''] = address.split('%');
  // A URL's host is the canonical spelling: no capitals, no leading zeros, the longest run of zeros as "::".
  const canonical = URL.parse(`http://[${bare}]/`)?.hostname.slice(1, -1) ?? bare;
  const [head = '', tail] = canonical.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => '0');
  return `${[...left, ...zeros, ...right].slice(0, 4).join(':')}::/64`;
}
