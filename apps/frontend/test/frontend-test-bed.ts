import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Firestore } from '@google-cloud/firestore';
import type { CloudTasksClient } from '@google-cloud/tasks';
import { startCloudTasksEmulator } from '@waybill/cloud-tasks-emulator';
import { startFirestoreEmulator } from '@waybill/firestore-emulator';
import { seedProducts } from '@waybill/orders';
import { createLogger } from '@waybill/service-kit';
import { catalogue, createSchemaValidator } from '@waybill/task-contracts';
import { createGoogleClients, TaskClient } from '@waybill/task-runtime';
import { createFrontend, type FrontendOptions } from '../src/app.ts';
import { answerSchemas, openApiDocument } from '../src/openapi-document.ts';

export const PROJECT = 'test-bed';
export const LOCATION = 'us-central1';

/** What the service answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // Each test knows what it asked for, and the answer's shape is checked already.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly body: any;
}

/** The front service with real clients and emulators. */
export interface FrontendTestBed {
  readonly url: string;
  readonly firestore: Firestore;
  readonly tasks: CloudTasksClient;
  readonly logs: readonly Record<string, unknown>[];
  /** Calls the service. The answer must be one that its OpenAPI document describes. */
  get(path: string): Promise<Answer>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Firestore's time. */
  now(): Date;
  advance(seconds: number): void;
  close(): Promise<void>;
}

/** Starts it with the sample products. `away`: that service can't be reached. */
export async function startFrontendTestBed(
  options: { away?: 'firestore' | 'tasks'; defaultPaymentMethod?: string | undefined } & Pick<
    FrontendOptions,
    'events' | 'lingerMs'
  > = {},
): Promise<FrontendTestBed> {
  const { away } = options;
  const firestoreEmulator = await startFirestoreEmulator({ port: 0 });
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
  const nobody = await closedPort();
  const hostOf = (service: string, port: number) => `127.0.0.1:${away === service ? nobody : port}`;
  const clients = createGoogleClients({
    project: PROJECT,
    firestoreEmulatorHost: hostOf('firestore', firestoreEmulator.port),
    tasksEmulatorHost: hostOf('tasks', tasksEmulator.port),
  });
  const { firestore, tasks } = clients;
  const logs: Record<string, unknown>[] = [];
  const logger = createLogger({
    service: 'default',
    version: 'v1',
    destination: { write: (line) => void logs.push(JSON.parse(line)) },
  });
  const stopping = new AbortController();
  const app = createFrontend({
    stopping: stopping.signal,
    firestore,
    taskClient: new TaskClient({
      firestore,
      tasks,
      queues: { project: PROJECT, location: LOCATION },
      catalogue,
      logger,
    }),
    logger,
    project: PROJECT,
    randomBytes,
    defaultPaymentMethod: 'defaultPaymentMethod' in options ? options.defaultPaymentMethod : 'pm_card_visa',
    storeTimeoutMs: away === 'firestore' ? 500 : 5_000,
    ...(options.events !== undefined && { events: options.events }),
    lingerMs: options.lingerMs ?? 0,
  });
  const server = createServer(app.callback());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  if (away !== 'firestore') await seedProducts(firestore);

  const call = async (method: 'GET' | 'POST', path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(`${url}${path}`, { method, ...init });
    const isPdf = response.headers.get('Content-Type') === 'application/pdf';
    const body: unknown = isPdf ? Buffer.from(await response.arrayBuffer()) : await response.json();
    checkAnswer(method, path, response, body);
    return { status: response.status, headers: response.headers, body };
  };
  return {
    url,
    firestore,
    tasks,
    logs,
    get: (path) => call('GET', path, {}),
    post: (path, body, headers = {}) =>
      call('POST', path, {
        headers: { 'Content-Type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    now: () => new Date(clock.nowMs()),
    advance: (seconds) => clock.setOffset(clock.offsetMs + seconds * 1_000),
    async close() {
      stopping.abort(new Error('The test is over'));
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
      await clients.close();
      await tasksEmulator.close();
      await firestoreEmulator.close();
    },
  };
}

const validators = new Map(
  Object.entries(answerSchemas).map(([name, schema]) => [name, createSchemaValidator(schema)]),
);

interface DocumentedOperation {
  readonly responses: Readonly<Record<string, { content: Record<string, { schema: object }> } | undefined>>;
}

/** Whether the OpenAPI document says what was answered: status, media type, shape. */
function checkAnswer(method: string, path: string, response: Response, body: unknown): void {
  const template = path.replace(/^\/api\/orders\/[^/]+/, '/api/orders/{orderId}');
  const operations: Record<string, Record<string, DocumentedOperation>> = openApiDocument.paths;
  const documented = operations[template]?.[method.toLowerCase()]?.responses[String(response.status)];
  const what = `${method} ${template} ${response.status}`;
  assert.ok(documented, `${what} is not in the OpenAPI document: ${JSON.stringify(body)}`);
  const mediaType = response.headers.get('Content-Type')?.split(';')[0] ?? '';
  const content = documented.content[mediaType];
  assert.ok(content, `${what} answers ${mediaType}, which is not in the OpenAPI document`);
  const name = '$ref' in content.schema ? String(content.schema.$ref).split('/').at(-1) : undefined;
  if (name !== undefined) assert.deepEqual(validators.get(name)?.(body), [], `${what} is not a ${name}`);
  for (const [header, value] of [
    ['X-Content-Type-Options', 'nosniff'],
    ['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"],
  ] as const) {
    assert.equal(response.headers.get(header), value, `${what} without ${header}`);
  }
}

/** A port on which nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
