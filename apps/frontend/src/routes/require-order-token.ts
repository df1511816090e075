import type { OrderTokens } from '@waybill/orders';
import type { ServiceContext } from '@waybill/service-kit';
import { orderNotFound } from '../orders/order-not-found.ts';

/** A request for an order. */
type OrderRequestContext = ServiceContext & { readonly params: Readonly<Record<string, string | undefined>> };

/**
 * The id of a requested order, once its token is checked. A wrong token gets the response of an unknown order, before the order
 * is looked for: nobody learns from it whether there is one.
 * @throws {ServiceError} 404 `ORDER_NOT_FOUND`
 */
export function requireOrderToken(ctx: OrderRequestContext, tokens: OrderTokens): string {
  const orderId = ctx.params['orderId'] ?? '';
  const { token } = ctx.query;
  if (typeof token !== 'string' || !tokens.isTokenOf(orderId, token)) throw orderNotFound();
  return orderId;
}
