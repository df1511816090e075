import { timingSafeEqual } from 'node:crypto';
import { isOrderId } from '../order/order-id.ts';
import { keyedHash } from './keyed-hash.ts';
import type { OrderLinkKey } from './order-link-key.ts';

const PURPOSE = 'order-link/v1';

/**
 * Makes and checks the tokens by which a customer reaches an order. A token is an HMAC of the order's id, so nothing is
 * stored and the same order always has the same links.
 */
export class OrderTokens {
  readonly #current: OrderLinkKey;
  readonly #keys: ReadonlyMap<string, OrderLinkKey>;
  readonly #nowMs: () => number;

  /** @param options.keys the first one signs; each of them is accepted until its end */
  constructor(options: { keys: readonly OrderLinkKey[]; nowMs: () => number }) {
    const [current] = options.keys;
    if (current === undefined) throw new RangeError('keys must hold at least one key');
    this.#current = current;
    this.#keys = new Map(options.keys.map((key) => [key.id, key]));
    this.#nowMs = options.nowMs;
  }

  /** Token of an order under the current key: `<key id>.<HMAC>`. */
  tokenOf(orderId: string): string {
    return tokenUnder(this.#current, orderId);
  }

  /** Whether a token is that order's, under a key that has not ended. */
  isTokenOf(orderId: string, token: string | undefined): boolean {
    if (token === undefined || !isOrderId(orderId)) return false;
    const key = this.#keys.get(token.slice(0, Math.max(0, token.indexOf('.'))));
    if (key === undefined || (key.endsAt !== undefined && key.endsAt.getTime() <= this.#nowMs()))
      return false;
    // Compared as text: base64url has several spellings of the same bytes.
    const expected = Buffer.from(tokenUnder(key, orderId));
    const given = Buffer.from(token);
    return given.length === expected.length && timingSafeEqual(given, expected);
  }

  /** A path of an order with its token. */
  withToken(path: string, orderId: string): string {
    return `${path}?token=${this.tokenOf(orderId)}`;
  }

  /** Path of the page of an order, with its token. */
  pagePath(orderId: string): string {
    return this.withToken(`/orders/${orderId}`, orderId);
  }
}

function tokenUnder({ id, secret }: OrderLinkKey, orderId: string): string {
  return `${id}.${keyedHash(secret, PURPOSE, orderId)}`;
}
