import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

/** Looks names up; `localhost` and all below it is this machine, whether the resolver knows that or not (RFC 6761 §6.3). */
export const lookupWithLocalhost: LookupFunction = (hostname, options, callback) =>
  lookup(/\.localhost\.?$/i.test(hostname) ? 'localhost' : hostname, options, callback);
