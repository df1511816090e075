import type { ServiceContext } from './create-service.ts';

/**
 * Whether a browser says that another site made it send a request (`Sec-Fetch-Site`). Programs send no such header; `none`
 * is a request that the person made, such as a form that is sent again. Where a browser is older than the header, an Origin
 * with another host says so. `null` does not: browsers send it for forms of pages that send no referrer.
 */
export function isFromAnotherSite(ctx: ServiceContext): boolean {
  const site = ctx.get('Sec-Fetch-Site');
  if (site !== '') return site !== 'same-origin' && site !== 'none';
  const origin = ctx.get('Origin');
  if (origin === '' || origin === 'null') return false;
  return URL.parse(origin)?.host !== ctx.host.toLowerCase();
}
