import { isFromAnotherSite, type ServiceContext, ServiceError } from '@waybill/service-kit';

/**
 * Refuses a form that a browser says another site sent: it would order or cancel in a customer's name.
 * @throws {ServiceError} 403 `FORM_OF_ANOTHER_SITE`
 */
export function refuseForeignForm(ctx: ServiceContext): void {
  if (!isFromAnotherSite(ctx)) return;
  throw new ServiceError({
    code: 'FORM_OF_ANOTHER_SITE',
    status: 403,
    claimedIdentity: ctx.get('Origin') || undefined,
    message:
      'This form was sent from a page of another site, and nothing was done: open the shop, and send it from there',
  });
}
