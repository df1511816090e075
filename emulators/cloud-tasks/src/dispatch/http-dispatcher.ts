import type { Exchange } from '../control/attempt-log.ts';
import type { DispatchOutcome } from '../engine/attempts/attempt-result.ts';
import type { Dispatch, Dispatcher } from '../engine/attempts/dispatch-loop.ts';
import type { Target } from '../engine/tasks/task.ts';
import type { TokenIssuer } from '../identity/token-issuer.ts';
import { AttemptCut } from './attempt-cut.ts';
import { AttemptDeadlines } from './attempt-deadlines.ts';
import { Http1Client } from './http1/http1-client.ts';
import type { Http1Response } from './http1/http1-response.ts';
import { HttpsClient } from './https-client.ts';
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

/** Thrown where the dispatch deadline passes first. */
class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

/**
 * Sends tasks over HTTP by kept-alive connections, at most as many as there are open dispatches (the queues'
 * concurrency caps bound them). Redirects of HTTP targets are followed within the attempt, as recorded.
 */
export class HttpDispatcher implements Dispatcher {
  readonly #http = new Http1Client({ lookup: lookupWithLocalhost, monotonicMs: () => performance.now() });
  readonly #https = new HttpsClient(lookupWithLocalhost);
  readonly #deadlines = new AttemptDeadlines(() => performance.now());
  readonly #open = new Set<AttemptCut>();
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
    const cut = new AttemptCut();
    this.#open.add(cut);
    // A deadline is the handler's real time to work: moving the clock doesn't shorten it.
    const deadline = this.#deadlines.set(deadlineMs, () => cut.cut(new DeadlineError()));
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
      const response = await this.#exchangeAll(request, target.kind === 'http', cut);
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
      if (cut.error instanceof DeadlineError) {
        report({ error: `no response within ${deadlineMs} ms, the dispatch deadline` });
        return { kind: 'timedOut' };
      }
      if (this.#abandoned) return { kind: 'abandoned' };
      const reason = describeError(error);
      report({ error: reason });
      return { kind: 'unreachable', reason };
    } finally {
      deadline.cancel();
      this.#open.delete(cut);
    }
  }

  /** Cuts every open request: their outcome is unknown, their tasks are sent again after the next start. */
  async abandon(): Promise<void> {
    this.#abandoned = true;
    for (const cut of this.#open) cut.cut(new Error('the emulator is closing'));
    this.#deadlines.clear();
    this.#http.close();
    await this.#https.close();
  }

  /** Sends a request and follows its redirects. @returns the last response */
  async #exchangeAll(first: TargetRequest, follow: boolean, cut: AttemptCut): Promise<Http1Response> {
    let request = first;
    for (let redirects = 0; ; redirects += 1) {
      const response = await this.#exchange(request, cut);
      const location = response.headers['location'];
      const next =
        follow && redirects < MAX_REDIRECTS ? redirected(request, response.status, location) : undefined;
      if (next === undefined) return response;
      request = next;
    }
  }

  #exchange(request: TargetRequest, cut: AttemptCut): Promise<Http1Response> {
    return cut.run((resolve, reject) => {
      if (request.origin.startsWith('https:')) {
        const abort = new AbortController();
        this.#https.send(request, abort.signal).then(resolve, reject);
        return () => abort.abort();
      }
      const exchange = this.#http.send(request, (error, response) => {
        if (response !== undefined) resolve(response);
        else reject(error ?? new Error('the request failed'));
      });
      return () => exchange.cancel();
    });
  }

  /** A request as developers see it. The front door's own headers may be secrets. */
  #shown({ origin, path, method, headers }: TargetRequest): NonNullable<Exchange['request']> {
    const hidden = new Set(Object.keys(this.#appEngine?.headers ?? {}));
    const shown = headers.map(([name, value]) => [name, hidden.has(name) ? '(hidden)' : value]);
    return { method, url: `${origin}${path}`, headers: Object.fromEntries(shown) };
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
