import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type Clock,
  decodePath,
  type RequestTarget,
  RequestTargetError,
  readBody,
} from '@waybill/emulator-kit';
import type { EndpointContext, GetEndpoint, Outcome, PostEndpoint } from '../endpoints/endpoint.ts';
import {
  createPaymentIntent,
  listPaymentIntents,
  retrieveCharge,
  retrievePaymentIntent,
  searchPaymentIntents,
} from '../endpoints/payment-intents.ts';
import { createRefund, listRefunds, retrieveRefund } from '../endpoints/refunds.ts';
import { fingerprintOf, parseForm } from '../params/form-params.ts';
import type { PaymentStore } from '../payment-store.ts';
import { checkApiKey } from './api-key.ts';
import { keyInUse, keyReused, readIdempotencyKey } from './idempotency-key.ts';
import { invalidRequest, StripeApiError } from './stripe-api-error.ts';

const BODY_LIMIT_BYTES = 256 * 1024;

const POST_ROUTES: Readonly<Record<string, PostEndpoint>> = {
  '/v1/payment_intents': createPaymentIntent,
  '/v1/refunds': createRefund,
};
const GET_ROUTES: readonly (readonly [pattern: RegExp, endpoint: GetEndpoint])[] = [
  [/^\/v1\/payment_intents$/, listPaymentIntents],
  [/^\/v1\/payment_intents\/search$/, searchPaymentIntents],
  [/^\/v1\/payment_intents\/([^/]+)$/, retrievePaymentIntent],
  [/^\/v1\/charges\/([^/]+)$/, retrieveCharge],
  [/^\/v1\/refunds$/, listRefunds],
  [/^\/v1\/refunds\/([^/]+)$/, retrieveRefund],
];

/** Settings of {@link StripeApi}. */
export interface StripeApiOptions {
  readonly store: PaymentStore;
  readonly clock: Clock;
  /** How long a payment takes; while it lasts, the same key gets 409. */
  readonly processingMs: number;
  /** Waits `processingMs`; rejects when the signal is aborted. */
  readonly wait: (timeMs: number, signal: AbortSignal) => Promise<unknown>;
  /** How long a request without a response is held before its connection is closed. */
  readonly hangMs: number;
  /** Aborted when the sandbox closes. */
  readonly closing: AbortSignal;
}

/** A request that is being answered. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly requestId: string;
}

/** A POST, ready to be performed. */
interface Post extends Exchange {
  readonly key: string | undefined;
  /** Of the method, path and parameters. */
  readonly fingerprint: string;
  readonly perform: ReturnType<PostEndpoint>;
}

/** The part of Stripe's API that taking and refunding payments needs. */
export class StripeApi {
  readonly #options: StripeApiOptions;
  readonly #context: EndpointContext;
  readonly #keysInUse = new Set<string>();

  constructor(options: StripeApiOptions) {
    this.#options = options;
    this.#context = { store: options.store, nowMs: () => options.clock.nowMs() };
  }

  /** Answers a request, with an error of the API too; only a fault of the sandbox's own rejects. */
  async handle(request: IncomingMessage, response: ServerResponse, target: RequestTarget): Promise<void> {
    const requestId = `req_${randomUUID().replaceAll('-', '').slice(0, 14)}`;
    try {
      const version = request.headers['stripe-version'];
      if (typeof version === 'string') response.setHeader('Stripe-Version', version);
      checkApiKey(request.headers.authorization);
      const exchange = { request, response, path: target.path, requestId };
      if (request.method === 'GET' && this.#handleGet(exchange, target.query)) return;
      const endpoint = request.method === 'POST' ? POST_ROUTES[target.path] : undefined;
      if (!endpoint) throw unknownRoute(exchange);
      await this.#handlePost(exchange, endpoint);
    } catch (error) {
      if (this.#options.closing.aborted) response.destroy();
      else sendError(response, requestId, error);
    }
  }

  /** @returns whether there is such a route */
  #handleGet({ response, path, requestId }: Exchange, query: string): boolean {
    for (const [pattern, endpoint] of GET_ROUTES) {
      const match = pattern.exec(path);
      if (!match) continue;
      const body = endpoint(this.#context, parseForm(query), decodePath(match[1] ?? ''));
      send(response, 200, requestId, JSON.stringify(body));
      return true;
    }
    return false;
  }

  async #handlePost(exchange: Exchange, endpoint: PostEndpoint): Promise<void> {
    const { request, response, path } = exchange;
    const form = await readForm(request);
    const key = readIdempotencyKey(request.headers);
    const fingerprint = fingerprintOf('POST', path, form);
    if (key !== undefined) {
      response.setHeader('Idempotency-Key', key);
      if (this.#replay(exchange, key, fingerprint)) return;
      if (this.#keysInUse.has(key)) throw keyInUse(key);
    }
    const perform = endpoint(this.#context, parseForm(form));
    if (key !== undefined) this.#keysInUse.add(key);
    try {
      await this.#perform({ ...exchange, key, fingerprint, perform });
    } finally {
      if (key !== undefined) this.#keysInUse.delete(key);
    }
  }

  /** Repeats the response that a key got before. @returns whether it got one */
  #replay({ response, path, requestId }: Exchange, key: string, fingerprint: string): boolean {
    const { store, clock } = this.#options;
    const saved = store.findResponse(key, clock.nowMs());
    if (!saved) return false;
    if (saved.fingerprint !== fingerprint) throw keyReused(key, path, saved.path);
    response.setHeader('Idempotent-Replayed', 'true');
    response.setHeader('Original-Request', saved.requestId);
    if (saved.status >= 500) response.setHeader('Stripe-Should-Retry', 'false');
    send(response, saved.status, requestId, saved.body);
    return true;
  }

  async #perform({ response, path, requestId, key, fingerprint, perform }: Post): Promise<void> {
    const { store, clock, processingMs, wait, closing } = this.#options;
    // A payment takes its time at the bank; until then nothing is recorded, as a killed process shows.
    await wait(processingMs, closing);
    closing.throwIfAborted();
    const outcome = outcomeOf(() =>
      perform({ hasFailedBefore: store.hasFailed(fingerprint, clock.nowMs()) }),
    );
    const body = JSON.stringify(outcome.body);
    store.commit(
      clock.nowMs(),
      outcome.objects,
      key === undefined ? undefined : { key, path, fingerprint, status: outcome.status, body, requestId },
    );
    this.#deliver(response, outcome, requestId, body);
  }

  #deliver(response: ServerResponse, outcome: Outcome, requestId: string, body: string): void {
    if (outcome.delivery === 'response') {
      for (const [name, value] of Object.entries(outcome.headers ?? {})) response.setHeader(name, value);
      send(response, outcome.status, requestId, body);
    } else if (outcome.delivery === 'cut the connection') {
      response.destroy();
    } else {
      const timer = setTimeout(() => response.destroy(), this.#options.hangMs);
      response.once('close', () => clearTimeout(timer));
    }
  }
}

function send(response: ServerResponse, status: number, requestId: string, body: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Request-Id': requestId }).end(body);
}

function sendError(response: ServerResponse, requestId: string, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const known = stripeErrorOf(error);
  for (const [name, value] of Object.entries(known.headers)) response.setHeader(name, value);
  send(response, known.status, requestId, JSON.stringify({ error: known.body }));
}

function stripeErrorOf(error: unknown): StripeApiError {
  if (error instanceof StripeApiError) return error;
  if (error instanceof RequestTargetError) return invalidRequest(error.message);
  return new StripeApiError(500, {
    type: 'api_error',
    message: `The payment sandbox failed: ${String(error)}`,
  });
}

/** An error while performing is an answer like any other: it is kept for the key. */
function outcomeOf(perform: () => Outcome): Outcome {
  try {
    return perform();
  } catch (error) {
    if (!(error instanceof StripeApiError)) throw error;
    return { status: error.status, body: { error: error.body }, objects: [], delivery: 'response' };
  }
}

function unknownRoute({ request, path }: Exchange): StripeApiError {
  return new StripeApiError(404, {
    type: 'invalid_request_error',
    message: `Unrecognized request URL (${request.method}: ${path}). The payment sandbox has only a part of Stripe's API.`,
  });
}

async function readForm(request: IncomingMessage): Promise<string> {
  const { body, byteLength } = await readBody(request, BODY_LIMIT_BYTES);
  if (body !== undefined) return body.toString();
  throw new StripeApiError(413, {
    type: 'invalid_request_error',
    message: `The request has ${byteLength} bytes; the payment sandbox takes up to ${BODY_LIMIT_BYTES}.`,
  });
}
