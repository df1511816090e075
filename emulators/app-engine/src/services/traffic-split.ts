import { createHash } from 'node:crypto';
import { DeploymentError } from './deployment-error.ts';

/**
 * By what a request is given to one of several versions, in the words of `gcloud app services set-traffic --split-by`.
 * `cookie` and `ip` give the same client the same version each time.
 */
export type SplitBy = 'random' | 'cookie' | 'ip';

/** What of a request decides which version gets it. */
export interface Visitor {
  /** The address that the request comes from. */
  address: string;
  /** The Cookie header. */
  cookie: string | undefined;
}

/** The version that a request goes to. */
export interface Assignment {
  version: string;
  /** The Set-Cookie header by which the same client will come to the same version; undefined where none is needed. */
  setCookie?: string;
}

/** Holds 0–999: of a thousand places on the scale of shares, the one where this client stands. */
const splitCookieName = 'GOOGAPPUID';

/** How many parts of the traffic can be told apart. Source: the fields of TrafficSplit in the App Engine Admin API. */
const finestParts: Record<SplitBy, number> = { random: Number.POSITIVE_INFINITY, cookie: 1000, ip: 100 };

/** How the traffic of a service is shared out among its versions. */
export class TrafficSplit {
  /** Version → its share; the shares add up to 1. */
  readonly shares: ReadonlyMap<string, number>;
  readonly by: SplitBy;

  /** @throws {DeploymentError} for shares that aren't positive, are too fine, or don't add up to 1 */
  constructor(shares: Readonly<Record<string, number>>, by: SplitBy) {
    this.shares = new Map(Object.entries(shares));
    this.by = by;
    const parts = finestParts[by];
    for (const [version, share] of this.shares) {
      if (!(share > 0))
        throw new DeploymentError(`The share of version "${version}" must be above 0, got ${share}`);
      if (parts < Number.POSITIVE_INFINITY && Math.abs(share * parts - Math.round(share * parts)) > 1e-6) {
        throw new DeploymentError(
          `The share of version "${version}" must be a multiple of ${1 / parts} where traffic is split by ${by}, got ${share}`,
        );
      }
    }
    const sum = [...this.shares.values()].reduce((total, share) => total + share, 0);
    if (Math.abs(sum - 1) > 1e-9) throw new DeploymentError(`The shares must add up to 1, got ${sum}`);
  }

  /**
   * The version for a request. Split by cookie, a client without one is placed at random and told its place, so that it
   * stays with its version. Source: "Splitting traffic" in App Engine's documentation.
   * @param random a number from 0 up to, not including, 1
   */
  assign(visitor: Visitor, random: () => number): Assignment {
    if (this.shares.size < 2 || this.by === 'random') return { version: this.#versionAt(random()) };
    if (this.by === 'ip') return { version: this.#versionAt(addressPlace(visitor.address) / 1000) };
    const known = cookiePlace(visitor.cookie);
    if (known !== undefined) return { version: this.#versionAt(known / 1000) };
    const place = Math.floor(random() * 1000);
    return { version: this.#versionAt(place / 1000), setCookie: `${splitCookieName}=${place}; Path=/` };
  }

  #versionAt(point: number): string {
    let end = 0;
    let last = '';
    for (const [version, share] of this.shares) {
      end += share;
      last = version;
      // Shares such as 0.1 don't add up exactly in floating point: a place that starts a share belongs to it.
      if (point < end - 1e-9) return version;
    }
    return last;
  }
}

/** The place of an address: App Engine takes a fingerprint of it too, but doesn't say which. */
function addressPlace(address: string): number {
  return createHash('sha256').update(address).digest().readUInt32BE() % 1000;
}

function cookiePlace(cookie: string | undefined): number | undefined {
  const [, place] =
    new RegExp(`(?:^|;\\s*)${splitCookieName}=(\\d{1,3})\\s*(?:;|$)`).exec(cookie ?? '') ?? [];
  return place === undefined ? undefined : Number(place);
}
