import { OrderTokens, parseOrderLinkKeys } from '@waybill/orders';
import { LOCAL_ORDER_LINK_KEYS } from '@waybill/orders/settings';

/** The tokens that a local stack gives the customers of its orders. */
export const localOrderTokens = new OrderTokens({
  keys: parseOrderLinkKeys(LOCAL_ORDER_LINK_KEYS) ?? [],
  nowMs: Date.now,
});
