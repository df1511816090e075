import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AllowedHosts,
  createControlListener,
  createLocalHttpServer,
  type DatabaseGoneError,
  MovableClock,
  openMovableClock,
  parseRequestTarget,
  sendJson,
  startListening,
} from '@waybill/emulator-kit';
import type Stripe from 'stripe';
import { PaymentStore } from './payment-store.ts';
import { StripeApi } from './stripe-api/stripe-api.ts';

/** Settings of {@link startPaymentSandbox}. */
export interface PaymentSandboxOptions {
  /** Default `127.0.0.1`. */
  host?: string;
  /** Host names that requests may carry beside loopback addresses and `localhost`; default none. */
  allowHosts?: readonly string[];
  /** 0 takes a free one. */
  port: number;
  /** Where charges are kept; without it they are gone with the process. */
  dataDir?: string;
  /** Milliseconds since the epoch. Default: the machine's clock, which `PUT /emulator/clock` moves ahead. */
  nowMs?: () => number;
  /** How long a payment takes, in milliseconds. Default 20; while it lasts, the same key gets 409. */
  processingMs?: number;
  /** Waits `processingMs`; rejects when the signal is aborted. Default: a timer. */
  wait?: (timeMs: number, signal: AbortSignal) => Promise<unknown>;
  /** How long a request without an answer is held before its connection is closed. Default 90 s: SDKs give up after 80. */
  hangMs?: number;
}

/** A payment sandbox that listens. */
export interface PaymentSandbox {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** All charges in Stripe's shape, oldest first; declined ones too (`paid: false`). */
  charges(): Stripe.Charge[];
  /** All refunds in Stripe's shape, oldest first. */
  refunds(): Stripe.Refund[];
  /** Resolves when its data was removed or replaced: it takes nothing from then on. */
  readonly dataGone: Promise<DatabaseGoneError>;
  close(): Promise<void>;
}

/**
 * Starts a server that speaks the part of Stripe's API that taking and refunding payments needs, so that Stripe's own
 * SDK works against it (`host`, `port`, `protocol: 'http'`). No money moves; test payment methods decide what happens
 * (`testPaymentMethods`). Charges and answers to idempotency keys are on disk before they are answered. Beside the
 * API: `GET /sandbox/charges` and `/sandbox/refunds`, and the emulators' `/emulator/health` and `/emulator/clock`.
 * Source: https://docs.stripe.com/api (version 2026-10-28.endive)
 *
 * @throws {PortTakenError} if the port is in use
 */
export async function startPaymentSandbox(options: PaymentSandboxOptions): Promise<PaymentSandbox> {
  const { host = '127.0.0.1', dataDir, nowMs, processingMs = 20, hangMs = 90_000 } = options;
  const wait = options.wait ?? ((timeMs, signal) => sleep(timeMs, undefined, { signal }));
  const clock = nowMs ? new MovableClock({ systemNowMs: nowMs }) : openMovableClock(dataDir);
  const store = new PaymentStore(dataDir);
  const closing = new AbortController();
  const api = new StripeApi({ store, clock, processingMs, wait, hangMs, closing: closing.signal });
  const charges = () => [...store.all('charge')].reverse();
  const refunds = () => [...store.all('refund')].reverse();

  const otherwise: RequestListener = (request, response) => {
    const target = parseRequestTarget(request.url);
    if (request.method === 'GET' && target.path === '/sandbox/charges') {
      return sendJson(response, 200, { data: charges() });
    }
    if (request.method === 'GET' && target.path === '/sandbox/refunds') {
      return sendJson(response, 200, { data: refunds() });
    }
    return api.handle(request, response, target);
  };

  const server = createLocalHttpServer(
    createControlListener({ service: 'payment-sandbox', clock, otherwise }),
    new AllowedHosts({ listenHost: host, further: options.allowHosts ?? [] }),
  );
  server.keepAliveTimeout = 60_000;
  const port = await startListening(server, host, options.port).catch((error: unknown) => {
    store.close();
    throw error;
  });
  return {
    host,
    port,
    url: `http://${host}:${port}`,
    charges,
    refunds,
    dataGone: store.gone,
    async close() {
      if (closing.signal.aborted) return;
      closing.abort(new Error('The payment sandbox is closing'));
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      store.close();
    },
  };
}
