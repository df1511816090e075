import Router from '@koa/router';
import type { ServiceState } from '@waybill/service-kit';
import type { PublicFiles } from '../pages/public-files.ts';

const FOR_EVER = 'public, max-age=31536000, immutable';

/** What the pages load. */
export function createAssetRoutes(files: PublicFiles): Router<ServiceState> {
  const router = new Router<ServiceState>();
  router.get('/assets/:hash/:name', (ctx) => {
    const file = files.find(ctx.params['name'] ?? '');
    if (file === undefined) return;
    // During a roll-out a page of another version asks here: what this one has will do, but is not to be kept.
    ctx.set('Cache-Control', ctx.params['hash'] === files.hash ? FOR_EVER : 'no-store');
    ctx.set('Content-Type', file.mediaType);
    ctx.body = file.contents;
  });
  return router;
}
