import Router from '@koa/router';
import type { ServiceState } from '@waybill/service-kit';
import type { OrderDesk } from '../orders/order-service.ts';

/** What there is to order. */
export function createProductRoutes(desk: OrderDesk): Router<ServiceState> {
  const router = new Router<ServiceState>();
  router.get('/api/products', async (ctx) => {
    ctx.body = { products: await desk.products() };
  });
  return router;
}
