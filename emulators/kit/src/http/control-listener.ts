import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { MovableClock } from '../movable-clock.ts';
import { isFromWebPage } from './is-from-web-page.ts';
import { parseRequestTarget, RequestTargetError } from './request-target.ts';
import { sendJson } from './send-json.ts';

/** Answers one control request; `body` is the parsed JSON body, undefined where there was none. */
export type ControlRoute = (
  request: IncomingMessage,
  response: ServerResponse,
  body: unknown,
) => Promise<void> | void;

/** Control requests carry a few numbers. */
const BODY_LIMIT_BYTES = 64 * 1024;

class ControlError extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/**
 * The control routes that every emulator has, beside its own:
 * `GET /emulator/health`, `GET /emulator/clock`, `PUT /emulator/clock {offsetMs}` and
 * `POST /emulator/clock:advance {ms}`.
 * Requests that a web page made are refused with 403; the server checks Host. What lies outside
 * `/emulator/` goes to `otherwise`, else it is 404.
 */
export function createControlListener(options: {
  service: string;
  clock: MovableClock;
  routes?: Record<`${'GET' | 'POST' | 'PUT'} /emulator/${string}`, ControlRoute>;
  otherwise?: RequestListener;
}): RequestListener {
  const { clock, otherwise } = options;
  const routes: Record<string, ControlRoute> = {
    'GET /emulator/health': (_request, response) =>
      sendJson(response, 200, { service: options.service, status: 'ok' }),
    'GET /emulator/clock': (_request, response) => sendJson(response, 200, clockState(clock)),
    'PUT /emulator/clock': (_request, response, body) => {
      const { offsetMs } = (body ?? {}) as { offsetMs?: unknown };
      moveClock(() => clock.setOffset(offsetMs as number));
      sendJson(response, 200, clockState(clock));
    },
    'POST /emulator/clock:advance': (_request, response, body) => {
      const { ms } = (body ?? {}) as { ms?: unknown };
      moveClock(() => clock.advance(ms as number));
      sendJson(response, 200, clockState(clock));
    },
    ...options.routes,
  };

  return (request, response) => {
    let path: string;
    try {
      path = parseRequestTarget(request.url).path;
    } catch (error) {
      return sendError(response, error);
    }
    if (!path.startsWith('/emulator/') && otherwise !== undefined) return otherwise(request, response);
    return handle(request, response, path).catch((error: unknown) => sendError(response, error));
  };

  function sendError(response: ServerResponse, error: unknown): void {
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const known = error instanceof ControlError || error instanceof RequestTargetError;
    sendJson(response, known ? error.status : 500, {
      status: known ? error.status : 500,
      code: known ? error.code : 'INTERNAL',
      title: known ? error.message : `${options.service}: ${String(error)}`,
    });
  }

  async function handle(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    refuseWebPages(request);
    const route = routes[`${request.method} ${path}`];
    if (route === undefined) {
      throw new ControlError(
        404,
        'NO_SUCH_ROUTE',
        `No control route ${request.method} ${path}; there are: ${Object.keys(routes).join(', ')}`,
      );
    }
    await route(request, response, await readBody(request));
  }
}

function moveClock(move: () => void): void {
  try {
    move();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ControlError(400, 'BAD_OFFSET', error.message);
  }
}

function clockState(clock: MovableClock): { now: string; offsetMs: number } {
  return { now: new Date(clock.nowMs()).toISOString(), offsetMs: clock.offsetMs };
}

function refuseWebPages(request: IncomingMessage): void {
  if (!isFromWebPage(request)) return;
  throw new ControlError(
    403,
    'NOT_FROM_HERE',
    'Control routes answer programs on this machine only, not web pages',
  );
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_LIMIT_BYTES) {
      throw new ControlError(
        413,
        'BODY_TOO_LARGE',
        `A control request's body is at most ${BODY_LIMIT_BYTES} bytes`,
      );
    }
    chunks.push(chunk);
  }
  if (bytes === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (error) {
    throw new ControlError(
      400,
      'BODY_NOT_JSON',
      `A control request's body must be JSON: ${(error as Error).message}`,
    );
  }
}
