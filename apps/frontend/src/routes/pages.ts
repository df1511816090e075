import Router from '@koa/router';
import type { OrderTokens } from '@waybill/orders';
import { readFormBody, type ServiceContext, ServiceError, type ServiceState } from '@waybill/service-kit';
import type { OrderEvents } from '../events/order-events.ts';
import { OrderLinks } from '../orders/order-links.ts';
import { orderNotFound } from '../orders/order-not-found.ts';
import { parseOrderRequest } from '../orders/order-request.ts';
import type { OrderService } from '../orders/order-service.ts';
import {
  EMPTY_ORDER,
  type EnteredOrder,
  enteredOrder,
  type FieldErrors,
  fieldErrorsOf,
  orderBodyOf,
} from '../pages/order-form.ts';
import { orderPage, orderPageEvent } from '../pages/order-page.ts';
import { type PageContents, pagePermissions, pagePolicy, renderPage } from '../pages/page-layout.ts';
import type { PaymentEntry } from '../pages/payment-entry.ts';
import type { PublicFiles } from '../pages/public-files.ts';
import { shopPage } from '../pages/shop-page.ts';
import { refuseForeignForm } from './refuse-foreign-form.ts';
import { requireOrderToken } from './require-order-token.ts';

/** What the pages work with. */
export interface PageRoutesOptions {
  readonly orderService: OrderService;
  readonly events: OrderEvents;
  readonly tokens: OrderTokens;
  readonly clientOf: (ctx: ServiceContext) => string | undefined;
  readonly files: PublicFiles;
  readonly payment: PaymentEntry;
  /** For orders whose form names none; undefined: it must. */
  readonly defaultPaymentMethod: string | undefined;
  /** `randomBytes` of node:crypto. */
  readonly randomBytes: (count: number) => Buffer;
}

const USED_FORM =
  'This form has placed an order already, with other things in it. Place the order once more if you want another one.';

/** The shop and the orders' pages, for people. */
export function createPageRoutes(options: PageRoutesOptions): Router<ServiceState> {
  const { orderService, events, tokens, clientOf, files, payment, defaultPaymentMethod, randomBytes } =
    options;
  const links = new OrderLinks(tokens);
  const router = new Router<ServiceState>();

  const show = (ctx: ServiceContext, page: PageContents): void => {
    ctx.set('Content-Security-Policy', pagePolicy(page));
    ctx.set('Permissions-Policy', pagePermissions(page));
    ctx.body = renderPage(files, page);
    ctx.type = 'html';
  };
  const showShop = async (
    ctx: ServiceContext,
    form: { key?: string | undefined; entered: EnteredOrder; errors?: FieldErrors; notice?: string },
  ): Promise<void> => {
    const { key = randomBytes(16).toString('hex'), entered, errors = new Map(), notice } = form;
    const products = await orderService.products();
    show(
      ctx,
      shopPage({
        products,
        payment,
        idempotencyKey: key,
        entered,
        errors,
        ...(notice !== undefined && { notice }),
      }),
    );
  };

  router.get('/', (ctx) => showShop(ctx, { entered: EMPTY_ORDER }));

  router.post('/orders', async (ctx) => {
    refuseForeignForm(ctx);
    const form = await readFormBody(ctx);
    const entered = enteredOrder(form);
    const key = formKey(form);
    const { body, productIds } = orderBodyOf(entered);
    try {
      const request = parseOrderRequest(body, defaultPaymentMethod);
      const { traceparent } = ctx.state.trace;
      const { orderId, status, repeated } = await orderService.place(request, {
        idempotencyKey: key && `form-${key}`,
        // The key is random and in this form alone: also with another address it is the same order's.
        keyOwner: '',
        client: clientOf(ctx),
        traceparent,
      });
      if (!repeated) {
        ctx.state.logger.info('order placed', { event: 'order.placed', orderId, status });
      }
      seeOther(ctx, links.page(orderId));
    } catch (error) {
      if (error instanceof ServiceError && error.code === 'IDEMPOTENCY_KEY_REUSED') {
        await showShop(ctx, { entered, notice: USED_FORM });
        ctx.status = 409;
        return;
      }
      const errors = fieldErrorsOf(error, productIds);
      if (errors === undefined) throw error;
      await showShop(ctx, { key, entered, errors });
      ctx.status = (error as ServiceError).status;
    }
  });

  router.get('/orders/:orderId', async (ctx) => {
    const found = await orderService.find(requireOrderToken(ctx, tokens));
    if (found === undefined) throw orderNotFound();
    show(ctx, orderPage(found, links));
  });

  router.get('/orders/:orderId/events', (ctx) =>
    events.respond(ctx, requireOrderToken(ctx, tokens), (state) => orderPageEvent(state, links)),
  );

  router.post('/orders/:orderId/cancel', async (ctx) => {
    refuseForeignForm(ctx);
    const { traceparent } = ctx.state.trace;
    const order = await orderService.cancel(requireOrderToken(ctx, tokens), { traceparent });
    if (order === undefined) throw orderNotFound();
    const { orderId } = order;
    ctx.state.logger.info('order cancelled', { event: 'order.cancelled', orderId });
    seeOther(ctx, links.page(orderId));
  });

  return router;
}

/** The form's own key; one that is none of ours gets a new one, and protects from nothing. */
function formKey(form: URLSearchParams): string | undefined {
  const key = form.get('idempotencyKey') ?? '';
  return /^[0-9a-f]{32}$/.test(key) ? key : undefined;
}

function seeOther(ctx: ServiceContext, path: string): void {
  ctx.status = 303;
  ctx.set('Location', path);
  ctx.body = '';
}
