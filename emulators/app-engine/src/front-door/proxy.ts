import { once } from 'node:events';
import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Instance } from '../instances/instance.ts';
import { clientResponseHeaders } from './request-headers.ts';

/** App Engine refuses bigger requests. */
const maxRequestBytes = 32 * 1024 * 1024;

/** Thrown when a request could not be answered by a service; `status` is what the client gets if nothing was sent yet. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  readonly status: number;

  constructor(status: number, message: string, cause?: unknown) {
    super(message, { cause });
    this.status = status;
  }
}

/**
 * Hands a request to an instance and its answer back, both as they come: nothing is buffered, so that server-sent events
 * arrive. A request that never reached the instance's process goes to the next ready one.
 * @param options.setCookie a cookie for the client, unless the service sets one of that name itself
 * @param options.acquire gives a ready instance, or waits for one; another than `avoid`, if there is one. Each is given back by
 * `options.release`
 * @param options.pendingTimeoutMs how long instances are tried that don't accept connections
 * @param options.deadlineMs from the moment the instance has it to the end of the answer
 * @param options.signal aborts when the client is gone: then the instance's connection is cut too
 * @returns the instance that answered
 * @throws {ProxyError} if there was no answer; what `acquire` throws
 */
export async function forwardRequest(
  request: IncomingMessage,
  response: ServerResponse,
  options: {
    headers: string[];
    setCookie: string | undefined;
    path: string;
    acquire: (avoid: Instance | undefined) => Promise<Instance>;
    release: (instance: Instance) => void;
    pendingTimeoutMs: number;
    deadlineMs: number;
    signal: AbortSignal;
  },
): Promise<Instance> {
  const length = Number(request.headers['content-length'] ?? 0);
  if (length > maxRequestBytes) throw tooLarge();
  const giveUp = AbortSignal.timeout(options.pendingTimeoutMs);
  let unreachable: Instance | undefined;
  for (;;) {
    const instance = await options.acquire(unreachable);
    try {
      await exchange(request, response, instance, options);
      return instance;
    } catch (error) {
      // A broken connection is often the first sign of a death. Waiting for the news of it keeps the next request, or this one
      // if it can be sent again, from going to the dead; with a bound, as the instance may be alive.
      if (error instanceof NotReachedError) await Promise.race([instance.exited, delay(50)]);
      else if (error instanceof BrokenConnectionError) await Promise.race([instance.exited, delay(250)]);
      if (!(error instanceof NotReachedError)) throw error;
      if (giveUp.aborted) throw new ProxyError(503, 'its instance runs, but does not accept connections');
      unreachable = instance;
    } finally {
      options.release(instance);
    }
  }
}

/** The instance never saw the request, so that it can be sent again without harm. */
class NotReachedError extends Error {}

/** The connection broke when the instance had the request, or may have had it. */
class BrokenConnectionError extends ProxyError {}

async function exchange(
  request: IncomingMessage,
  response: ServerResponse,
  instance: Instance,
  options: {
    headers: string[];
    setCookie: string | undefined;
    path: string;
    deadlineMs: number;
    signal: AbortSignal;
  },
): Promise<void> {
  const { headers, path, deadlineMs, signal } = options;
  const upstream = httpRequest({
    host: '127.0.0.1',
    port: instance.port,
    agent: instance.agent,
    method: request.method,
    path,
    headers: [...headers, ...bodyHeaders(request)],
    setHost: false,
  });
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  const fail = (error: Error) => {
    failed.reject(error);
    upstream.destroy();
  };
  const onAbort = () => fail(new ProxyError(499, 'the client went away'));
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  const deadline = setTimeout(
    () =>
      fail(new ProxyError(504, `the service did not answer within its deadline of ${deadlineMs / 1000} s`)),
    deadlineMs,
  );
  const responded = Promise.withResolvers<IncomingMessage>();
  let hasResponse = false;
  upstream.on('error', (error: NodeJS.ErrnoException) =>
    failed.reject(connectionError(error, upstream, request)),
  );
  upstream.on('upgrade', (upstreamResponse, socket) => {
    socket.destroy();
    fail(
      new ProxyError(502, `the service answered with ${upstreamResponse.statusCode}, which nobody asked for`),
    );
  });
  upstream.on('response', (upstreamResponse) => {
    hasResponse = true;
    responded.resolve(upstreamResponse);
  });
  sendBodyOnceConnected(request, upstream, fail);
  try {
    const upstreamResponse = await Promise.race([responded.promise, failed.promise]);
    startResponse(response, upstreamResponse, options.setCookie);
    // Headers go out now: a stream of events may have its first event much later. Not by flushHeaders(), which writes what
    // isn't ASCII in them in another encoding than it was read in.
    response.write(Buffer.alloc(0));
    upstreamResponse.on('error', (error) =>
      fail(new ProxyError(502, 'the service broke its answer off', error)),
    );
    upstreamResponse.pipe(response);
    await Promise.race([once(response, 'finish'), failed.promise]);
  } finally {
    clearTimeout(deadline);
    signal.removeEventListener('abort', onAbort);
    request.unpipe(upstream);
    // An answer may come before the whole body was read: what is left of it must not block the connection.
    if (hasResponse) request.resume();
  }
}

function startResponse(
  response: ServerResponse,
  upstreamResponse: IncomingMessage,
  setCookie: string | undefined,
): void {
  response.sendDate = upstreamResponse.headers.date === undefined;
  const headers = clientResponseHeaders(upstreamResponse.rawHeaders, setCookie);
  try {
    response.writeHead(upstreamResponse.statusCode ?? 502, upstreamResponse.statusMessage ?? '', headers);
  } catch (error) {
    // Node reads some answers that it does not write. What it did not like would spoil the answer that says so, too.
    response.statusMessage = '';
    upstreamResponse.destroy();
    throw new ProxyError(502, `the service's answer can't be handed on (${String(error)})`, error);
  }
}

/** Not a byte of the body is taken from the client before there is a connection: the request may still go elsewhere. */
function sendBodyOnceConnected(
  request: IncomingMessage,
  upstream: ClientRequest,
  fail: (error: Error) => void,
): void {
  const send = () => {
    let received = 0;
    request.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received > maxRequestBytes) fail(tooLarge());
    });
    request.pipe(upstream);
  };
  upstream.once('socket', (socket) => {
    if (socket.connecting) socket.once('connect', send);
    else send();
  });
}

function connectionError(
  error: NodeJS.ErrnoException,
  upstream: ClientRequest,
  request: IncomingMessage,
): Error {
  const isSafe = request.method === 'GET' || request.method === 'HEAD' || request.method === 'OPTIONS';
  const hasBody =
    request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined;
  // A kept-alive connection that the service closed just then; only what has no effect may be sent twice.
  const wasStale = upstream.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
  if (error.code === 'ECONNREFUSED' || (wasStale && isSafe && !hasBody)) return new NotReachedError();
  return new BrokenConnectionError(
    502,
    `the service broke the connection off without an answer (${error.code ?? error.message})`,
    error,
  );
}

function bodyHeaders(request: IncomingMessage): string[] {
  if (request.headers['transfer-encoding'] !== undefined) return ['Transfer-Encoding', 'chunked'];
  const usuallyHasBody = request.method === 'POST' || request.method === 'PUT' || request.method === 'PATCH';
  // Without a length Node would announce a body in chunks, which the client didn't send.
  return usuallyHasBody && request.headers['content-length'] === undefined ? ['Content-Length', '0'] : [];
}

function tooLarge(): ProxyError {
  return new ProxyError(413, `a request can have at most ${maxRequestBytes / 1024 / 1024} MB`);
}
