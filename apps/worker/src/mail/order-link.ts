import type { OrderTokens } from '@waybill/orders';

/** The address of an order's page, for its mails; undefined where the shop's own address is not known. */
export type OrderLink = (orderId: string) => string | undefined;

/**
 * Makes the links of mails.
 * @param shopUrl where customers reach the shop; undefined: mails have no link
 */
export function orderLinks(tokens: OrderTokens, shopUrl: URL | undefined): OrderLink {
  return (orderId) => shopUrl && new URL(tokens.pagePath(orderId), shopUrl).href;
}
