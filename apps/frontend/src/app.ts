import type { OrderLimits, OrderTokens } from '@waybill/orders';
import {
  addSecurityHeaders,
  type ClientAddressSource,
  clientAddress,
  createService,
  type Logger,
  type Service,
  type ServiceContext,
} from '@waybill/service-kit';
import type { TaskRuntime } from '@waybill/task-runtime';
import { OrderEvents, type OrderEventsOptions } from './events/order-events.ts';
import { OrderFeed } from './events/order-feed.ts';
import { OrderService } from './orders/order-service.ts';
import { addErrorPages } from './pages/error-page.ts';
import { paymentEntry } from './pages/payment-entry.ts';
import { PublicFiles } from './pages/public-files.ts';
import { createAssetRoutes } from './routes/assets.ts';
import { createOpenApiRoutes } from './routes/openapi.ts';
import { createOrderRoutes } from './routes/orders.ts';
import { createPageRoutes } from './routes/pages.ts';
import { createProductRoutes } from './routes/products.ts';
import { SECURITY_HEADERS } from './routes/security-headers.ts';

/** What the service works with. */
export interface FrontendOptions {
  readonly runtime: TaskRuntime;
  readonly logger: Logger;
  /** Makes and checks the tokens in the links of orders. */
  readonly tokens: OrderTokens;
  /** Limits of declined payments and mails. */
  readonly limits: OrderLimits;
  /** Where a request's client address stands. */
  readonly clientAddressSource: ClientAddressSource;
  /** `randomBytes` of node:crypto. */
  readonly randomBytes: (count: number) => Buffer;
  /** Charged where an order names no payment method. Default: orders must name one. */
  readonly defaultPaymentMethod?: string | undefined;
  /** Stripe's key for its card form on the shop's page. Default: no such form. */
  readonly stripePublishableKey?: string | undefined;
  /** The maximum wait for Firestore in one response. Default 4 s. */
  readonly storeTimeoutMs?: number | undefined;
  /** Aborted once the service is about to end. */
  readonly stopping?: AbortSignal | undefined;
  /** Whether payments go to the local sandbox, whose own cards the shop then offers. Default false. */
  readonly hasPaymentSandbox?: boolean | undefined;
  /** Bounds of the streams of events. Default: those of {@link OrderEvents}. */
  readonly events?: Pick<
    OrderEventsOptions,
    | 'oneEventEach'
    | 'maxStreams'
    | 'maxStreamsPerOrder'
    | 'maxStreamsPerClient'
    | 'maxDurationMs'
    | 'heartbeatMs'
  >;
  /** Delay before listeners close after the last follower leaves. Default 5 s. */
  readonly lingerMs?: number | undefined;
}

/** The service that takes orders: answers at once, and leaves the work to tasks. */
export function createFrontend(options: FrontendOptions): Service {
  const { runtime, logger, tokens, limits, randomBytes, storeTimeoutMs = 4_000 } = options;
  const { firestore, queueLocation } = runtime;
  const { defaultPaymentMethod, hasPaymentSandbox = false } = options;
  const { stopping = new AbortController().signal } = options;
  const orderService = new OrderService({ runtime, limits, randomBytes, storeTimeoutMs });
  // Any read that Firestore answers will do; a document that isn't there is the cheapest.
  const probe = async () => void (await firestore.doc('health/probe').get());

  const app = createService({
    logger,
    project: queueLocation.project,
    readiness: probe,
    warmup: probe,
    stopping,
  });
  const clientOf = ({ req }: ServiceContext): string | undefined =>
    clientAddress(req, options.clientAddressSource);
  const files = PublicFiles.load();
  addErrorPages(app, files);
  addSecurityHeaders(app, SECURITY_HEADERS);
  const feed = new OrderFeed({ firestore, taskClient: runtime.client, lingerMs: options.lingerMs });
  const events = new OrderEvents({ feed, storeTimeoutMs, stopping, clientOf, ...options.events });
  const routers = [
    createPageRoutes({
      orderService,
      events,
      tokens,
      clientOf,
      files,
      payment: paymentEntry({
        publishableKey: options.stripePublishableKey,
        defaultPaymentMethod,
        hasSandbox: hasPaymentSandbox,
      }),
      defaultPaymentMethod,
      randomBytes,
    }),
    createAssetRoutes(files),
    createOrderRoutes(orderService, { events, tokens, clientOf, defaultPaymentMethod }),
    createProductRoutes(orderService),
    createOpenApiRoutes(),
  ];
  for (const router of routers) app.use(router.routes()).use(router.allowedMethods());
  return app;
}
