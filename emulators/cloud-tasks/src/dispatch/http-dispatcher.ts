import { Agent } from 'undici';
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

/** What of a response counts. */
interface TargetResponse {
  readonly status: number;
  readonly location: string | undefined;
  readonly retryAfter: string | undefined;
}

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
  readonly #wallClockMs: () => number;
  #abandoned = false;

  constructor(options: {
    appEngine: AppEngine | undefined;
    hostSuffixOf: (location: string) => string;
    tokens: TokenIssuer;
    /** The machine's time. */
    wallClockMs: () => number;
  }) {
    this.#appEngine = options.appEngine;
    this.#tokens = options.tokens;
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
    try {
      const target = targetOf(dispatch);
      // Made for this attempt alone, and kept nowhere.
      const authorization = target.kind === 'http' ? await this.#tokens.authorization(target) : undefined;
      const request = buildTargetRequest(dispatch, {
        target,
        appEngine: this.#appEngine,
        hostSuffixOf: this.#hostSuffixOf,
        authorization,
      });
      const { status, retryAfter } = await this.#exchangeAll(
        request,
        target.kind === 'http',
        deadline.signal,
      );
      const waitMs = retryAfter === undefined ? undefined : retryAfterMs(retryAfter, this.#wallClockMs());
      return {
        kind: 'responded',
        httpStatus: status,
        ...(waitMs !== undefined && { retryAfterMs: waitMs }),
      };
    } catch (error) {
      if (deadline.signal.aborted) return { kind: 'timedOut' };
      if (this.#abandoned) return { kind: 'abandoned' };
      return { kind: 'unreachable', reason: describeError(error) };
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
  async #exchangeAll(first: TargetRequest, follow: boolean, signal: AbortSignal): Promise<TargetResponse> {
    let request = first;
    for (let redirects = 0; ; redirects += 1) {
      const response = await this.#exchange(request, signal);
      const { status, location } = response;
      const next = follow && redirects < MAX_REDIRECTS ? redirected(request, status, location) : undefined;
      if (next === undefined) return response;
      request = next;
    }
  }

  async #exchange(request: TargetRequest, signal: AbortSignal): Promise<TargetResponse> {
    const { origin, path, method, headers, body } = request;
    const response = await this.#agent.request({
      origin,
      path,
      method,
      headers: headers.flat(),
      body: body.length > 0 ? body : null,
      signal,
    });
    await response.body.dump({ limit: RESPONSE_LIMIT_BYTES, signal });
    const { location, 'retry-after': retryAfter } = response.headers;
    return {
      status: response.statusCode,
      location: Array.isArray(location) ? location[0] : location,
      retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter,
    };
  }
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
