import Router from '@koa/router';
import type { ServiceState } from '@waybill/service-kit';
import { openApiDocument } from '../openapi/openapi-document.ts';

/** The description of this API. */
export function createOpenApiRoutes(): Router<ServiceState> {
  const router = new Router<ServiceState>();
  router.get('/openapi.json', (ctx) => {
    ctx.set('Cache-Control', 'no-cache');
    ctx.body = openApiDocument;
  });
  return router;
}
