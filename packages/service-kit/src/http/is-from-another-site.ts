import type { ServiceContext } from './create-service.ts';

/**
 * Whether a browser says that another site made it send a request (`Sec-Fetch-Site`). Programs send no such header; `none`
 * is a request that the person made, such as a form that is sent again.
 */
export function isFromAnotherSite(ctx: ServiceContext): boolean {
  return !['', 'same-origin', 'none'].includes(ctx.get('Sec-Fetch-Site'));
}
