import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AllowedHosts, HOST_REFUSAL } from './allowed-hosts.ts';
import { RequestTargetError } from './request-target.ts';
import { sendJson } from './send-json.ts';

/** How long a client may take to send a request. */
export interface ReceiveTimeouts {
  /** From the connection, or from the first byte of a later request. Default 10 s. */
  readonly headersMs?: number;
  /** From the end of the headers. Time in which nothing reads the body does not count. Default 30 s. */
  readonly bodyMs?: number;
  /** Interval at which overdue headers are looked for. Default 1 s. */
  readonly checkIntervalMs?: number;
}

/** Default of {@link ReceiveTimeouts.headersMs}. */
export const HEADERS_TIMEOUT_MS = 10_000;
const BODY_TIMEOUT_MS = 30_000;
const CHECK_INTERVAL_MS = 1_000;

/**
 * Creates the HTTP server of a local listener. A request to a host that is not allowed gets 403, and one with a transfer coding
 * other than chunked 501. A request that makes the listener throw or reject gets 500, or 400 for a bad request target; it never
 * ends the process. A client that is slow to send is cut off. Responses may take any time.
 */
export function createLocalHttpServer(
  listener: RequestListener,
  hosts: AllowedHosts,
  timeouts: ReceiveTimeouts = {},
): Server {
  const { headersMs = HEADERS_TIMEOUT_MS, bodyMs = BODY_TIMEOUT_MS } = timeouts;
  return createServer(
    {
      headersTimeout: headersMs,
      // Node's timeout would also count the time in which a body waits for its reader: see limitBodyTime().
      requestTimeout: 0,
      connectionsCheckingInterval: timeouts.checkIntervalMs ?? CHECK_INTERVAL_MS,
    },
    (request, response) => {
      limitBodyTime(request, response, bodyMs);
      // A client that closes its connection early is no fault of this process.
      response.on('error', () => {});
      if (!isTransferCodingKnown(request)) {
        refuse(response, UNKNOWN_TRANSFER_CODING);
        return;
      }
      const foreign = authoritiesOf(request).find((authority) => !hosts.allows(authority));
      if (foreign === undefined) callSafely(listener, request, response);
      else refuse(response, { ...HOST_REFUSAL, title: hosts.refusalOf(foreign) });
    },
  );
}

const UNKNOWN_TRANSFER_CODING = {
  status: 501,
  code: 'UNSUPPORTED_TRANSFER_CODING',
  title: 'The transfer coding must be chunked alone: send the body uncompressed',
};

/** Node takes `gzip, chunked`, but hands the body on compressed: a proxy and a service would read two different requests. */
function isTransferCodingKnown({ headers }: IncomingMessage): boolean {
  const coding = headers['transfer-encoding'];
  return coding === undefined || coding.trim().toLowerCase() === 'chunked';
}

/**
 * Lists the hosts that a request names: its Host headers, and the host of an absolute-form target. A request without
 * any (HTTP/1.0) comes from no web page.
 */
function authoritiesOf(request: IncomingMessage): string[] {
  const { url = '' } = request;
  const target = /^https?:/i.test(url) ? URL.parse(url) : null;
  return [...(request.headersDistinct['host'] ?? []), ...(target === null ? [] : [target.host])];
}

function refuse(response: ServerResponse, problem: { status: number; title: string }): void {
  // The body of a refused request is not read.
  response.shouldKeepAlive = false;
  sendJson(response, problem.status, problem);
}

function callSafely(listener: RequestListener, request: IncomingMessage, response: ServerResponse): void {
  // A listener may be an async function: its type does not tell.
  new Promise<unknown>((resolve) => resolve(listener(request, response))).catch((error: unknown) => {
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const known = error instanceof RequestTargetError;
    const status = known ? error.status : 500;
    sendJson(response, status, {
      status,
      code: known ? error.code : 'INTERNAL',
      title: known ? error.message : `The request could not be answered: ${String(error)}`,
    });
  });
}

function limitBodyTime(request: IncomingMessage, response: ServerResponse, timeoutMs: number): void {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
  if (encoding === undefined && Number(length) === 0) return;
  const { socket } = request;
  const check = (): void => {
    if (request.complete || socket.destroyed) return;
    // Unread bytes: the reader is slow, not the client.
    if (request.readableLength > 0) {
      timer.refresh();
      return;
    }
    // As Node answers overdue headers.
    if (!response.headersSent && socket.writable) {
      socket.write('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n');
    }
    socket.destroy();
  };
  const timer = setTimeout(check, timeoutMs);
  timer.unref();
  request.once('close', () => clearTimeout(timer));
}
