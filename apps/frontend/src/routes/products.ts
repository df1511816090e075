import Router from '@koa/router';
import type { ServiceState } from '@waybill/service-kit';
import type { OrderService } from '../orders/order-service.ts';

/** What there is to order. */
export function createProductRoutes(orderService: OrderService): Router<ServiceState> {
  const router = new Router<ServiceState>();
  router.get('/api/products', async (ctx) => {
    ctx.body = { products: await orderService.products() };
  });
  return router;
}
