import type { IncomingMessage } from 'node:http';
import { type Access, AccessDeniedError } from './identity.ts';

/**
 * Lets in whoever sits at this machine, as an operator: the connection, and where the local front door says who made
 * its own, must be of this machine, and the host must be one of its names. A name that someone else resolves to
 * 127.0.0.1 (DNS rebinding) is not.
 */
export function createLocalAccess(): Access {
  return async (request) => {
    const addresses = [request.socket.remoteAddress, ...forwardedBy(request)];
    if (!addresses.every(isLoopback)) {
      throw new AccessDeniedError('The request does not come from this machine', {
        claimedIdentity: addresses.join(', '),
      });
    }
    if (!isLocalName(request.headers.host)) {
      throw new AccessDeniedError('The request is for a host that is not a name of this machine', {
        claimedIdentity: `host ${request.headers.host}`,
      });
    }
    return { who: 'local operator', role: 'operator' };
  };
}

/** Whom the front door, and proxies before it, say that they got the request from. */
function forwardedBy(request: IncomingMessage): string[] {
  return [request.headers['x-appengine-user-ip'], request.headers['x-forwarded-for']].flatMap((value) =>
    [value ?? []].flat().flatMap((list) => list.split(',').map((address) => address.trim())),
  );
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^((::ffff:)?127(\.\d{1,3}){3}|::1)$/i.test(address);
}

function isLocalName(host: string | undefined): boolean {
  return /^(([a-z0-9-]+\.)*localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i.test(host ?? '');
}
