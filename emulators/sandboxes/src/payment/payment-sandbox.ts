import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  answerJson,
  createControlListener,
  createLocalHttpServer,
  type DatabaseGoneError,
  decodePath,
  MovableClock,
  openMovableClock,
  PortTakenError,
  parseRequestTarget,
  RequestTargetError,
} from '@waybill/emulator-kit';
import type Stripe from 'stripe';
import type { EndpointContext, GetEndpoint, Outcome, PostEndpoint } from './endpoint.ts';
import { fingerprintOf, parseForm } from './form-params.ts';
import {
  createPaymentIntent,
  listPaymentIntents,
  retrieveCharge,
  retrievePaymentIntent,
  searchPaymentIntents,
} from './payment-intents.ts';
import { PaymentStore } from './payment-store.ts';
import { createRefund, listRefunds, retrieveRefund } from './refunds.ts';
import { invalidRequest, StripeApiError } from './stripe-api-error.ts';

/** Settings of {@link startPaymentSandbox}. */
export interface PaymentSandboxOptions {
  /** Default `127.0.0.1`. */
  host?: string;
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

const BODY_LIMIT_BYTES = 256 * 1024;
const MAX_KEY_LENGTH = 255;

const postRoutes: Readonly<Record<string, PostEndpoint>> = {
  '/v1/payment_intents': createPaymentIntent,
  '/v1/refunds': createRefund,
};
const getRoutes: readonly (readonly [pattern: RegExp, endpoint: GetEndpoint])[] = [
  [/^\/v1\/payment_intents$/, listPaymentIntents],
  [/^\/v1\/payment_intents\/search$/, searchPaymentIntents],
  [/^\/v1\/payment_intents\/([^/]+)$/, retrievePaymentIntent],
  [/^\/v1\/charges\/([^/]+)$/, retrieveCharge],
  [/^\/v1\/refunds$/, listRefunds],
  [/^\/v1\/refunds\/([^/]+)$/, retrieveRefund],
];

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
  const context: EndpointContext = { store, nowMs: () => clock.nowMs() };
  const closing = new AbortController();
  const keysInUse = new Set<string>();
  const charges = () => [...store.all('charge')].reverse();
  const refunds = () => [...store.all('refund')].reverse();

  const otherwise: http.RequestListener = (request, response) => {
    const { path, query } = parseRequestTarget(request.url);
    if (request.method === 'GET' && path === '/sandbox/charges') {
      answerJson(response, 200, { data: charges() });
      return;
    }
    if (request.method === 'GET' && path === '/sandbox/refunds') {
      answerJson(response, 200, { data: refunds() });
      return;
    }
    const requestId = `req_${randomUUID().replaceAll('-', '').slice(0, 14)}`;
    return answer(request, response, path, query, requestId).catch((error: unknown) => {
      if (closing.signal.aborted) response.destroy();
      else answerError(response, requestId, error);
    });
  };

  async function answer(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    path: string,
    query: string,
    requestId: string,
  ): Promise<void> {
    const version = request.headers['stripe-version'];
    if (typeof version === 'string') response.setHeader('Stripe-Version', version);
    checkApiKey(request.headers.authorization);
    if (request.method === 'GET') {
      for (const [pattern, endpoint] of getRoutes) {
        const match = pattern.exec(path);
        if (!match) continue;
        const body = endpoint(context, parseForm(query), decodePath(match[1] ?? ''));
        send(response, 200, requestId, JSON.stringify(body));
        return;
      }
    }
    const endpoint = request.method === 'POST' ? postRoutes[path] : undefined;
    if (!endpoint) {
      throw new StripeApiError(404, {
        type: 'invalid_request_error',
        message: `Unrecognized request URL (${request.method}: ${path}). The payment sandbox has only a part of Stripe's API.`,
      });
    }
    await answerPost(request, response, path, endpoint, requestId);
  }

  async function answerPost(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    path: string,
    endpoint: PostEndpoint,
    requestId: string,
  ): Promise<void> {
    const form = await readBody(request);
    const key = readKey(request);
    const fingerprint = fingerprintOf('POST', path, form);
    if (key !== undefined) {
      response.setHeader('Idempotency-Key', key);
      const saved = store.answerOf(key, clock.nowMs());
      if (saved) {
        if (saved.fingerprint !== fingerprint) throw otherRequest(key, path, saved.path);
        response.setHeader('Idempotent-Replayed', 'true');
        response.setHeader('Original-Request', saved.requestId);
        if (saved.status >= 500) response.setHeader('Stripe-Should-Retry', 'false');
        send(response, saved.status, requestId, saved.body);
        return;
      }
      if (keysInUse.has(key)) throw keyInUse(key);
    }
    const perform = endpoint(context, parseForm(form));
    if (key !== undefined) keysInUse.add(key);
    try {
      // A payment takes its time at the bank; until then nothing is recorded, as a killed process shows.
      await wait(processingMs, closing.signal);
      closing.signal.throwIfAborted();
      const outcome = outcomeOf(() =>
        perform({ hasFailedBefore: store.hasFailed(fingerprint, clock.nowMs()) }),
      );
      const body = JSON.stringify(outcome.body);
      store.commit(
        clock.nowMs(),
        outcome.objects,
        key === undefined ? undefined : { key, path, fingerprint, status: outcome.status, body, requestId },
      );
      deliver(response, outcome, requestId, body);
    } finally {
      if (key !== undefined) keysInUse.delete(key);
    }
  }

  function deliver(response: http.ServerResponse, outcome: Outcome, requestId: string, body: string): void {
    if (outcome.delivery === 'answer') {
      for (const [name, value] of Object.entries(outcome.headers ?? {})) response.setHeader(name, value);
      send(response, outcome.status, requestId, body);
    } else if (outcome.delivery === 'cut the connection') {
      response.destroy();
    } else {
      const timer = setTimeout(() => response.destroy(), hangMs);
      response.once('close', () => clearTimeout(timer));
    }
  }

  const server = createLocalHttpServer(
    createControlListener({ service: 'payment-sandbox', clock, otherwise }),
  );
  server.keepAliveTimeout = 60_000;
  try {
    server.listen(options.port, host);
    await once(server, 'listening');
  } catch (error) {
    store.close();
    if ((error as { code?: unknown }).code === 'EADDRINUSE')
      throw new PortTakenError(host, options.port, error);
    throw error;
  }
  const { port } = server.address() as AddressInfo;
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

function send(response: http.ServerResponse, status: number, requestId: string, body: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Request-Id': requestId }).end(body);
}

function answerError(response: http.ServerResponse, requestId: string, error: unknown): void {
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
    return { status: error.status, body: { error: error.body }, objects: [], delivery: 'answer' };
  }
}

/** Takes any test key, as bearer token or as the user of Basic; refuses live keys, which have no business here. */
function checkApiKey(authorization: string | undefined): void {
  const [scheme = '', credentials = ''] = (authorization ?? '').split(' ');
  const key =
    scheme.toLowerCase() === 'basic'
      ? (Buffer.from(credentials, 'base64').toString().split(':')[0] ?? '')
      : credentials;
  if (key === '') {
    throw new StripeApiError(
      401,
      {
        type: 'invalid_request_error',
        message:
          "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details.",
      },
      { 'WWW-Authenticate': 'Bearer realm="Stripe"' },
    );
  }
  if (!/^(sk|rk)_test_/.test(key)) {
    throw new StripeApiError(401, {
      type: 'invalid_request_error',
      message: `Invalid API Key provided: ${key.slice(0, 8)}****${key.slice(-4)} (the payment sandbox takes any key that starts with sk_test_)`,
    });
  }
}

function readKey(request: http.IncomingMessage): string | undefined {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string' || key === '') return undefined;
  if (key.length <= MAX_KEY_LENGTH) return key;
  throw invalidRequest(`Idempotency keys can have up to ${MAX_KEY_LENGTH} characters, got ${key.length}.`);
}

function otherRequest(key: string, path: string, savedPath: string): StripeApiError {
  const same =
    path === savedPath
      ? 'with the same parameters they were first used with'
      : `for the same endpoint they were first used for ('${savedPath}' vs '${path}')`;
  return new StripeApiError(400, {
    type: 'idempotency_error',
    message: `Keys for idempotent requests can only be used ${same}. Try using a key other than '${key}' if you meant to execute a different request.`,
  });
}

function keyInUse(key: string): StripeApiError {
  return new StripeApiError(409, {
    type: 'invalid_request_error',
    code: 'idempotency_key_in_use',
    message: `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`,
  });
}

async function readBody(request: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= BODY_LIMIT_BYTES) chunks.push(chunk);
  }
  if (length <= BODY_LIMIT_BYTES) return Buffer.concat(chunks).toString();
  throw new StripeApiError(413, {
    type: 'invalid_request_error',
    message: `The request has ${length} bytes; the payment sandbox takes up to ${BODY_LIMIT_BYTES}.`,
  });
}
