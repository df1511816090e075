import { Agent, type Dispatcher as Undici } from 'undici';
import type { Exchange } from '../control/attempt-log.ts';
import type { DispatchOutcome } from '../engine/attempts/attempt-result.ts';
import type { Dispatch, Dispatcher } from '../engine/attempts/dispatch-loop.ts';
import type { Target } from '../engine/tasks/task.ts';
import type { TokenIssuer } from '../identity/token-issuer.ts';
import { lookupWithLocalhost } from './lookup-with-localhost.ts';
import { overriddenTarget } from './overridden-target.ts';
import { redirected } from './redirected.ts';
import { retryAfterMs } from './retry-after.ts';
import {
  type AppEngine,
  appEngineHost,
  buildTargetRequest,
  type TargetRequest,
  UnsendableError,
} from './target-request.ts';

/** Both kinds of target wait 10 minutes for an answer unless the task says otherwise. */
const DEFAULT_DEADLINE_MS = 600_000;
/** The service's own limit is unknown; this one ends a loop of redirects. */
const MAX_REDIRECTS = 10;
/** Answers are read to their end, so that the connection can be used again, and thrown away; longer ones are cut. */
const RESPONSE_LIMIT_BYTES = 1024 * 1024;
/** Start of a response body that is kept for developers. */
const KEPT_BODY_BYTES = 4 * 1024;

/**
 * Sends tasks over HTTP by a pool of kept-alive connections, as many as there are open dispatches (the queues'
 * concurrency caps bound them). Redirects of HTTP targets are followed within the attempt, as recorded.
 */
export class HttpDispatcher implements Dispatcher {
  readonly #agent = new Agent({
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { lookup: lookupWithLocalhost },
  });
  readonly #appEngine: AppEngine | undefined;
  readonly #hostSuffixOf: (location: string) => string;
  readonly #tokens: TokenIssuer;
  readonly #onExchange: (dispatch: Dispatch, exchange: Exchange) => void;
  readonly #wallClockMs: () => number;
  #abandoned = false;

  constructor(options: {
    appEngine: AppEngine | undefined;
    hostSuffixOf: (location: string) => string;
    tokens: TokenIssuer;
    /** Told of each request and what came back. */
    onExchange?: (dispatch: Dispatch, exchange: Exchange) => void;
    /** The machine's time. */
    wallClockMs: () => number;
  }) {
    this.#appEngine = options.appEngine;
    this.#tokens = options.tokens;
    this.#onExchange = options.onExchange ?? (() => {});
    this.#wallClockMs = options.wallClockMs;
    this.#hostSuffixOf = options.hostSuffixOf;
  }

  describeTarget(dispatch: Dispatch): string {
    const target = targetOf(dispatch);
    return target.kind === 'http'
      ? target.url
      : `${appEngineHost(dispatch, target, this.#hostSuffixOf)}${target.relativeUri}`;
  }

  async send(dispatch: Dispatch): Promise<DispatchOutcome> {
    if (this.#abandoned) return { kind: 'abandoned' };
    const { deadlineMicros } = dispatch.task;
    const deadlineMs = deadlineMicros === undefined ? DEFAULT_DEADLINE_MS : deadlineMicros / 1_000;
    const deadline = new AbortController();
    // A deadline is the handler's real time to work: moving the clock doesn't shorten it.
    const timer = setTimeout(() => deadline.abort(), deadlineMs);
    const startedAtMs = performance.now();
    let request: TargetRequest | undefined;
    const report = (end: Pick<Exchange, 'response' | 'error'>): void =>
      this.#onExchange(dispatch, {
        durationMs: Math.round(performance.now() - startedAtMs),
        ...(request && { request: this.#shown(request) }),
        ...end,
      });
    try {
      const target = targetOf(dispatch);
      // Made for this attempt alone, and kept nowhere.
      const authorization = target.kind === 'http' ? await this.#tokens.authorization(target) : undefined;
      request = buildTargetRequest(dispatch, {
        target,
        appEngine: this.#appEngine,
        hostSuffixOf: this.#hostSuffixOf,
        authorization,
      });
      const response = await this.#exchangeAll(request, target.kind === 'http', deadline.signal);
      report({ response });
      const { status, headers } = response;
      const retryAfter = headers['retry-after'];
      const waitMs = retryAfter === undefined ? undefined : retryAfterMs(retryAfter, this.#wallClockMs());
      return {
        kind: 'responded',
        httpStatus: status,
        ...(waitMs !== undefined && { retryAfterMs: waitMs }),
      };
    } catch (error) {
      if (deadline.signal.aborted) {
        report({ error: `no response within ${deadlineMs} ms, the dispatch deadline` });
        return { kind: 'timedOut' };
      }
      if (this.#abandoned) return { kind: 'abandoned' };
      const reason = describeError(error);
      report({ error: reason });
      return { kind: 'unreachable', reason };
    } finally {
      clearTimeout(timer);
    }
  }

  /** Cuts every open request: their outcome is unknown, their tasks are sent again after the next start. */
  async abandon(): Promise<void> {
    this.#abandoned = true;
    await this.#agent.destroy();
  }

  /** Sends a request and follows its redirects. @returns the last response */
  async #exchangeAll(
    first: TargetRequest,
    follow: boolean,
    signal: AbortSignal,
  ): Promise<NonNullable<Exchange['response']>> {
    let request = first;
    for (let redirects = 0; ; redirects += 1) {
      const response = await this.#exchange(request, signal);
      const location = response.headers['location'];
      const next =
        follow && redirects < MAX_REDIRECTS ? redirected(request, response.status, location) : undefined;
      if (next === undefined) return response;
      request = next;
    }
  }

  async #exchange(request: TargetRequest, signal: AbortSignal): Promise<NonNullable<Exchange['response']>> {
    const { origin, path, method, headers, body } = request;
    const response = await this.#agent.request({
      origin,
      path,
      method,
      headers: headers.flat(),
      body: body.length > 0 ? body : null,
      signal,
    });
    return {
      status: response.statusCode,
      headers: firstValues(response.headers),
      body: await readToEnd(response.body),
    };
  }

  /** A request as developers see it. The front door's own headers may be secrets. */
  #shown({ origin, path, method, headers }: TargetRequest): NonNullable<Exchange['request']> {
    const hidden = new Set(Object.keys(this.#appEngine?.headers ?? {}));
    const shown = headers.map(([name, value]) => [name, hidden.has(name) ? '(hidden)' : value]);
    return { method, url: `${origin}${path}`, headers: Object.fromEntries(shown) };
  }
}

/** Reads a body to its end, so that the connection can be used again. @returns the start of it */
async function readToEnd(body: Undici.ResponseData['body']): Promise<string> {
  const kept: Buffer[] = [];
  let byteLength = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    if (byteLength < KEPT_BODY_BYTES) kept.push(chunk);
    byteLength += chunk.length;
    if (byteLength > RESPONSE_LIMIT_BYTES) break;
  }
  return Buffer.concat(kept).subarray(0, KEPT_BODY_BYTES).toString();
}

function firstValues(headers: Undici.ResponseData['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, (Array.isArray(value) ? value[0] : value) ?? '']),
  );
}

/** The target with what the queue overrides now. */
function targetOf({ task: { target }, queue }: Dispatch): Target {
  return target.kind === 'http' ? overriddenTarget(target, queue.record.settings.httpTarget) : target;
}

function describeError(error: unknown): string {
  if (error instanceof UnsendableError) return error.message;
  const { code, message } = error as { code?: string; message?: string };
  // With both an IPv6 and an IPv4 address tried, the message is empty.
  return message ? message : (code ?? 'the request failed');
}
