import Router from '@koa/router';
import type { OrderTokens } from '@waybill/orders';
import { readJsonBody, type ServiceContext, ServiceError, type ServiceState } from '@waybill/service-kit';
import type { OrderEvents } from '../events/order-events.ts';
import { parseIdempotencyKey } from '../orders/idempotency-key.ts';
import { OrderLinks, orderPath } from '../orders/order-links.ts';
import { orderNotFound } from '../orders/order-not-found.ts';
import { parseOrderRequest } from '../orders/order-request.ts';
import type { OrderService } from '../orders/order-service.ts';
import { orderStatusView, orderView } from '../orders/order-view.ts';
import { requireOrderToken } from './require-order-token.ts';

/**
 * Placing an order, looking at it, following it, cancelling it; its receipt.
 * @param options.defaultPaymentMethod for orders that name none; undefined: they must
 */
export function createOrderRoutes(
  orderService: OrderService,
  options: {
    events: OrderEvents;
    tokens: OrderTokens;
    clientOf: (ctx: ServiceContext) => string | undefined;
    defaultPaymentMethod: string | undefined;
  },
): Router<ServiceState> {
  const { events, tokens, clientOf } = options;
  const links = new OrderLinks(tokens);
  const router = new Router<ServiceState>();

  router.post('/api/orders', async (ctx) => {
    const idempotencyKey = parseIdempotencyKey(ctx.req.headers['idempotency-key']);
    const request = parseOrderRequest(await readJsonBody(ctx), options.defaultPaymentMethod);
    const { traceparent } = ctx.state.trace;
    const { orderId, status, repeated } = await orderService.place(request, {
      idempotencyKey,
      client: clientOf(ctx),
      traceparent,
    });
    if (!repeated) {
      ctx.state.logger.info('order placed', { event: 'order.placed', orderId, status });
    }
    ctx.status = 202;
    ctx.set('Location', orderPath(orderId));
    ctx.body = { orderId, status, links: links.ofOrder(orderId) };
  });

  router.get('/api/orders/:orderId', async (ctx) => {
    const byIdAlone = ctx.query['token'] === undefined;
    const orderId = byIdAlone ? (ctx.params['orderId'] ?? '') : requireOrderToken(ctx, tokens);
    const found = await orderService.find(orderId);
    if (found === undefined) throw orderNotFound();
    ctx.body = byIdAlone ? orderStatusView(found) : orderView(found, links);
  });

  router.get('/api/orders/:orderId/events', (ctx) =>
    events.respond(ctx, requireOrderToken(ctx, tokens), (state) => JSON.stringify(orderView(state, links))),
  );

  router.post('/api/orders/:orderId/cancel', async (ctx) => {
    const { traceparent } = ctx.state.trace;
    const order = await orderService.cancel(requireOrderToken(ctx, tokens), { traceparent });
    if (order === undefined) throw orderNotFound();
    const { orderId, status } = order;
    ctx.state.logger.info('order cancelled', { event: 'order.cancelled', orderId });
    ctx.status = 202;
    ctx.set('Location', orderPath(orderId));
    ctx.body = { orderId, status, links: links.ofOrder(orderId) };
  });

  router.get('/api/orders/:orderId/receipt.pdf', async (ctx) => {
    const orderId = requireOrderToken(ctx, tokens);
    const receipt = await orderService.receipt(orderId);
    if (receipt === undefined) {
      throw new ServiceError({
        code: 'RECEIPT_NOT_FOUND',
        status: 404,
        message: 'There is no receipt, or none yet: it is made once the order is confirmed',
      });
    }
    ctx.set('Content-Disposition', `inline; filename="receipt-${orderId.slice(0, 8)}.pdf"`);
    ctx.set('ETag', `"${receipt.sha256}"`);
    ctx.type = 'application/pdf';
    ctx.body = receipt.pdf;
  });

  return router;
}
