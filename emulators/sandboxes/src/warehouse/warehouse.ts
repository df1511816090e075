import { once } from 'node:events';
import type http from 'node:http';
import {
  AllowedHosts,
  createControlListener,
  createLocalHttpServer,
  type DatabaseGoneError,
  MovableClock,
  parseRequestTarget,
  readBody,
  sendJson,
  startListening,
} from '@waybill/emulator-kit';
import { type Shipment, ShipmentStore } from './shipment-store.ts';
import { signatureProblem } from './signature-problem.ts';

/** Settings of {@link startWarehouse}. */
export interface WarehouseOptions {
  /** Default `127.0.0.1`. */
  host?: string;
  /** Host names that requests may carry beside loopback addresses and `localhost`; default none. */
  allowHosts?: readonly string[];
  /** 0 takes a free one. */
  port: number;
  /** What webhooks must be signed with. */
  secret: string;
  /** Where shipments are kept; without it they are gone with the process. */
  dataDir?: string;
  /** Milliseconds since the epoch. Default: the machine's clock. */
  nowMs?: () => number;
}

/** A warehouse that listens. */
export interface Warehouse {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** What it was told to send, oldest first. */
  shipments(): Shipment[];
  /** Answers this status to all webhooks from now on, without taking them; undefined: takes them again. */
  refuseWith(status: number | undefined): void;
  /** Resolves when its data was removed or replaced: it takes nothing from then on. */
  readonly dataGone: Promise<DatabaseGoneError>;
  close(): Promise<void>;
}

const BODY_LIMIT_BYTES = 256 * 1024;

/**
 * Starts a warehouse that takes webhooks, POSTed to `/shipments`, checks their signatures, and has on disk what it was
 * told before it answers. `GET /shipments` lists it. `PUT /emulator/answer {"status": 500}` makes it refuse, and
 * `{"status": null}` take again.
 * @throws {PortTakenError} if the port is in use
 */
export async function startWarehouse(options: WarehouseOptions): Promise<Warehouse> {
  const { host = '127.0.0.1', secret, dataDir, nowMs = Date.now } = options;
  const store = new ShipmentStore(dataDir);
  let refusal: number | undefined;

  async function take(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { body } = await readBody(request, BODY_LIMIT_BYTES);
    if (body === undefined)
      return refuse(response, 413, `The body must be at most ${BODY_LIMIT_BYTES} bytes`);
    if (refusal !== undefined) return refuse(response, refusal, 'The warehouse was told to answer this');
    const header = (name: string): string | undefined => request.headers[name]?.toString();
    const problem = signatureProblem(
      secret,
      { timestamp: header('waybill-timestamp'), signature: header('waybill-signature'), body },
      nowMs(),
    );
    if (problem !== undefined) return refuse(response, 401, problem);
    const order = parseOrder(body);
    const key = header('idempotency-key');
    if (order === undefined || key === undefined) {
      return refuse(response, 400, 'The body must have orderId and items, and Idempotency-Key be there');
    }
    const isNew = store.add(key, { ...order, receivedAt: new Date(nowMs()).toISOString() });
    sendJson(response, isNew ? 201 : 200, { orderId: order.orderId });
  }

  const otherwise: http.RequestListener = (request, response) => {
    const { path } = parseRequestTarget(request.url);
    if (path !== '/shipments' || (request.method !== 'GET' && request.method !== 'POST')) {
      return refuse(response, 404, 'Only /shipments is here');
    }
    if (request.method === 'GET') return sendJson(response, 200, { data: store.all() });
    return take(request, response).catch((error: unknown) => {
      if (response.headersSent || response.destroyed) response.destroy();
      else refuse(response, 500, `The warehouse failed: ${String(error)}`);
    });
  };

  const server = createLocalHttpServer(
    createControlListener({
      service: 'warehouse',
      clock: new MovableClock(),
      otherwise,
      routes: {
        'PUT /emulator/answer': (_request, response, body) => {
          const { status } = (body ?? {}) as { status?: unknown };
          if (
            status !== null &&
            !(Number.isInteger(status) && Number(status) >= 200 && Number(status) < 600)
          ) {
            return refuse(response, 400, 'status must be an HTTP status, or null');
          }
          refusal = status === null ? undefined : Number(status);
          sendJson(response, 200, { status });
        },
      },
    }),
    new AllowedHosts({ listenHost: host, further: options.allowHosts ?? [] }),
  );
  server.keepAliveTimeout = 60_000;
  const port = await startListening(server, host, options.port).catch((error: unknown) => {
    store.close();
    throw error;
  });
  let closed: Promise<void> | undefined;
  return {
    host,
    port,
    url: `http://${host}:${port}/shipments`,
    shipments: () => store.all(),
    dataGone: store.gone,
    refuseWith(status) {
      refusal = status;
    },
    close() {
      closed ??= (async () => {
        const ended = once(server, 'close');
        server.close();
        server.closeAllConnections();
        await ended;
        store.close();
      })();
      return closed;
    },
  };
}

function refuse(response: http.ServerResponse, status: number, detail: string): void {
  sendJson(response, status, { detail });
}

function parseOrder(body: Buffer): Pick<Shipment, 'orderId' | 'items'> | undefined {
  try {
    const { orderId, items } = JSON.parse(body.toString('utf8'));
    return typeof orderId === 'string' && Array.isArray(items) ? { orderId, items } : undefined;
  } catch {
    return undefined;
  }
}
