import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Firestore } from '@google-cloud/firestore';
import type { CloudTasksClient } from '@google-cloud/tasks';
import { startCloudTasksEmulator } from '@waybill/cloud-tasks-emulator';
import { findFreePort } from '@waybill/emulator-kit';
import { startFirestoreEmulator } from '@waybill/firestore-emulator';
import { type OrderLimitMaxima, OrderLimits, OrderTokens, seedProducts } from '@waybill/orders';
import { createLogger } from '@waybill/service-kit';
import { startTestServer } from '@waybill/service-kit/testing';
import { catalogue } from '@waybill/task-contracts';
import { createGoogleClients, createTaskRuntime, type TaskRuntime } from '@waybill/task-runtime';
import { createFrontend, type FrontendOptions } from '../src/app.ts';
import { openApiDocument } from '../src/openapi/openapi-document.ts';
import { OrderLinks } from '../src/orders/order-links.ts';
import { type ApiCall, OpenApiChecker } from '../src/testing/openapi-checker.ts';
import type { StreamedEvent } from './event-stream.ts';

export const PROJECT = 'test-bed';
export const LOCATION = 'us-central1';
const LIMITS = {
  windowSeconds: 600,
  declinesPerAddress: 3,
  declinesPerClient: 5,
  mailsPerAddress: 3,
  mailsPerClient: 5,
};
const LINK_KEYS = [{ id: 'test', secret: 'a-secret-of-this-test-bed-0123456' }];

/** A response of the service. */
export interface TestResponse {
  readonly status: number;
  readonly headers: Headers;
  // Each test knows what it asked for, and the response's shape is checked already.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly body: any;
}

/** The front service with real clients and emulators. */
export interface FrontendTestBed {
  readonly url: string;
  readonly firestore: Firestore;
  readonly cloudTasks: CloudTasksClient;
  /** The service's own. */
  readonly runtime: TaskRuntime;
  readonly logs: readonly Record<string, unknown>[];
  readonly tokens: OrderTokens;
  /** As another instance has them. */
  readonly limits: OrderLimits;
  /** The links that the service gives its customers. */
  readonly links: OrderLinks;
  /** Calls the service. Its OpenAPI document must describe the response. */
  call(
    method: string,
    path: string,
    sent?: { body?: string; headers?: Record<string, string> },
  ): Promise<TestResponse>;
  get(path: string): Promise<TestResponse>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<TestResponse>;
  /** Firestore's time. */
  now(): Date;
  advance(seconds: number): void;
  close(): Promise<void>;
}

/**
 * Starts it with the sample products.
 * @param options.away that service can't be reached
 * @param options.contention Firestore waits shortly for locks, and the service waits shortly for Firestore
 */
export async function startFrontendTestBed(
  options: {
    away?: 'firestore' | 'tasks';
    contention?: boolean;
    defaultPaymentMethod?: string | undefined;
    /** Beside the limits of declines and mails. Default: no limit of orders. */
    maxOrders?: Pick<OrderLimitMaxima, 'ordersPerAddress' | 'ordersPerClient'>;
  } & Pick<FrontendOptions, 'events' | 'lingerMs' | 'stripePublishableKey'> = {},
): Promise<FrontendTestBed> {
  const { away, contention = false } = options;
  const firestoreEmulator = await startFirestoreEmulator({
    indexes: join(import.meta.dirname, '../../../firestore.indexes.json'),
    port: 0,
    ...(contention && { limits: { lockWaitMs: 20 } }),
  });
  const { clock } = firestoreEmulator;
  const tasksEmulator = await startCloudTasksEmulator({
    port: 0,
    clock,
    queues: {
      project: PROJECT,
      location: LOCATION,
      // Nothing is to be delivered in these tests: there is no worker.
      list: catalogue.physicalQueues.map((name) => ({ name, settings: { maxConcurrentDispatches: 1 } })),
    },
  });
  const nobody = await findFreePort();
  const hostOf = (service: string, port: number) => `127.0.0.1:${away === service ? nobody : port}`;
  const clients = createGoogleClients({
    project: PROJECT,
    firestoreEmulatorHost: hostOf('firestore', firestoreEmulator.port),
    cloudTasksEmulatorHost: hostOf('tasks', tasksEmulator.port),
  });
  const { firestore, cloudTasks } = clients;
  const logs: Record<string, unknown>[] = [];
  const logger = createLogger({
    service: 'default',
    version: 'v1',
    destination: { write: (line) => void logs.push(JSON.parse(line)) },
  });
  const tokens = new OrderTokens({ keys: LINK_KEYS, nowMs: Date.now });
  const limits = new OrderLimits({ firestore, keys: LINK_KEYS, maxima: { ...LIMITS, ...options.maxOrders } });
  const stopping = new AbortController();
  const runtime = createTaskRuntime({
    firestore,
    cloudTasks,
    queueLocation: { project: PROJECT, location: LOCATION },
    catalogue,
    logger,
  });
  const app = createFrontend({
    stopping: stopping.signal,
    runtime,
    logger,
    tokens,
    limits,
    clientAddressSource: { kind: 'app-engine' },
    randomBytes,
    defaultPaymentMethod: 'defaultPaymentMethod' in options ? options.defaultPaymentMethod : 'pm_card_visa',
    // Between two runs of a contended transaction the client waits for up to 1.5 s.
    storeTimeoutMs: away === 'firestore' ? 500 : contention ? 2_000 : 5_000,
    ...(options.events !== undefined && { events: options.events }),
    lingerMs: options.lingerMs ?? 0,
    stripePublishableKey: options.stripePublishableKey,
  });
  const server = await startTestServer(app.callback());
  const { url } = server;
  if (away !== 'firestore') await seedProducts(firestore);

  const call = async (
    method: string,
    path: string,
    sent: { body?: string; headers?: Record<string, string> } = {},
  ): Promise<TestResponse> => {
    const response = await fetch(`${url}${path}`, { method, ...sent });
    const { status, headers } = response;
    const bytes = Buffer.from(await response.arrayBuffer());
    const text = bytes.toString('utf8');
    checkResponse(
      { method, path, body: sent.body, contentType: sent.headers?.['Content-Type'] },
      response,
      text,
    );
    const isJson = /[/+]json\b/.test(headers.get('Content-Type') ?? '');
    return { status, headers, body: isJson && method !== 'HEAD' ? JSON.parse(text) : bytes };
  };
  return {
    url,
    firestore,
    cloudTasks,
    runtime,
    logs,
    tokens,
    limits: new OrderLimits({ firestore, keys: LINK_KEYS, maxima: LIMITS }),
    links: new OrderLinks(tokens),
    call,
    get: (path) => call('GET', path),
    post: (path, body, headers = {}) =>
      call('POST', path, {
        headers: { 'Content-Type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    now: () => new Date(clock.nowMs()),
    advance: (seconds) => clock.setOffset(clock.offsetMs + seconds * 1_000),
    async close() {
      stopping.abort(new Error('The test is over'));
      await server.close();
      await clients.close();
      await tasksEmulator.close();
      await firestoreEmulator.close();
    },
  };
}

/** All responses of the API have these. */
const SECURITY_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
} as const;

const checker = new OpenApiChecker(openApiDocument);

/** Checks a response against the OpenAPI document. @throws {AssertionError} */
function checkResponse(call: ApiCall, { status, headers }: Response, text: string): void {
  checker.check(call, { status, header: (name) => headers.get(name), text });
  for (const [header, value] of Object.entries(SECURITY_HEADERS)) {
    assert.equal(headers.get(header), value, `${call.method} ${call.path} without ${header}`);
  }
}

/** Whether the OpenAPI document says what a stream tells. @throws {AssertionError} */
export function checkEvent(path: string, event: StreamedEvent): void {
  checker.checkEvent({ method: 'GET', path }, event);
}
