import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { DispatchRule } from '@waybill/google-config';
import type { EmulatorEventEmitter } from '../emulator-events.ts';
import { NoInstanceError } from '../services/instance-pool.ts';
import type { ServiceRegistry } from '../services/service-registry.ts';
import type { ServiceVersion } from '../services/service-version.ts';
import type { Timers } from '../services/timers.ts';
import { type AppEngineApplication, appspotHosts } from './app-engine-host.ts';
import { findDestination } from './destination.ts';
import { forwardRequest, ProxyError } from './proxy.ts';
import { clientAddress, requestSource, serviceRequestHeaders } from './request-headers.ts';

/** How long a service may take over one request, in milliseconds, by its kind of scaling. */
export interface RequestDeadlines {
  /** Default ten minutes. */
  automatic: number;
  /** Default 24 hours. */
  basic: number;
  /** Default 24 hours. */
  manual: number;
}

/** App Engine's own deadlines. Source: "How instances are managed" in its documentation. */
export const defaultDeadlines: RequestDeadlines = {
  automatic: 600_000,
  basic: 86_400_000,
  manual: 86_400_000,
};

/**
 * The one door to all services: finds the service and version by host and path, sees to the headers, and passes the request
 * on. A request for which there is no service or version gets 404, one that no instance can take 503, one that broke the
 * service's connection 502, one over its deadline 504; each with a line of text that says why.
 */
export function createFrontDoor(options: {
  application: AppEngineApplication;
  registry: ServiceRegistry;
  dispatchRules: readonly DispatchRule[];
  trustedToken: string;
  deadlines: RequestDeadlines;
  events: EmulatorEventEmitter;
  timers: Timers;
}): RequestListener {
  const { application, registry, events, timers } = options;
  const [defaultHost = ''] = appspotHosts('default', application);
  return (request, response) => {
    const startedMs = timers.monotonicMs();
    const source = requestSource(request.headers, options.trustedToken);
    const path = originForm(request.url ?? '/');
    const gone = goneSignal(response);
    // A write to a client that has gone may fail after the answer seemed finished; "close" follows and says all there is to say.
    response.on('error', () => {});
    let taken: ServiceVersion | undefined;
    let instanceId: string | undefined;
    const answer = async (): Promise<void> => {
      if ((request.headersDistinct['host']?.length ?? 0) > 1) throw new ProxyError(400, 'more than one Host');
      if (path === undefined) throw new ProxyError(404, 'the request target must be a path');
      const address = clientAddress(source, request.socket.remoteAddress ?? '');
      const destination = findDestination(
        { host: request.headers.host, path, visitor: { address, cookie: request.headers.cookie } },
        { application, registry, dispatchRules: options.dispatchRules },
      );
      if ('notFound' in destination) throw new ProxyError(404, destination.notFound);
      const { version, instance, setCookie } = destination;
      taken = version;
      const deadlineMs = options.deadlines[version.appYaml.scaling.kind];
      const answeredBy = await forwardRequest(request, response, {
        headers: serviceRequestHeaders(request.rawHeaders, { source, address, defaultHost, deadlineMs }),
        setCookie,
        path,
        acquire: (avoid) => version.acquire(gone, { position: instance, avoid }),
        release: (used) => version.release(used),
        pendingTimeoutMs: version.pendingTimeoutMs,
        deadlineMs,
        signal: gone,
      });
      instanceId = answeredBy.id;
    };
    const report = () => {
      events.emit('request', {
        source,
        service: taken?.service,
        version: taken?.version,
        instance: instanceId,
        method: request.method ?? 'GET',
        path: path ?? request.url ?? '',
        status: gone.aborted ? 0 : response.statusCode,
        durationMs: Math.round(timers.monotonicMs() - startedMs),
      });
    };
    answer()
      .catch((error: unknown) => answerError(response, error, taken))
      .finally(report);
  };
}

/** The path and query of a request target, which may be a whole URL (RFC 9112, section 3.2.2); undefined for anything else. */
function originForm(target: string): string | undefined {
  if (target.startsWith('/')) return target;
  if (!/^https?:\/\//i.test(target) || !URL.canParse(target)) return undefined;
  const { pathname, search } = new URL(target);
  return pathname + search;
}

/** Aborts when the client's connection closes before its answer has ended. */
function goneSignal(response: ServerResponse<IncomingMessage>): AbortSignal {
  const controller = new AbortController();
  response.on('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}

function answerError(response: ServerResponse, error: unknown, version: ServiceVersion | undefined): void {
  if (response.destroyed) return;
  if (response.headersSent) {
    // Too late for another status: a cut connection at least can't be taken for a whole answer.
    response.destroy();
    return;
  }
  const where = version ? `service "${version.service}", version "${version.version}": ` : '';
  const status = error instanceof ProxyError ? error.status : error instanceof NoInstanceError ? 503 : 500;
  const text = error instanceof Error ? error.message : String(error);
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    // The rest of a body that is too large is not read, so that this connection can't be used again.
    ...(status === 413 ? { Connection: 'close' } : {}),
    ...(status === 503 ? { 'Retry-After': '1' } : {}),
  });
  response.end(`${status} from the App Engine emulator: ${where}${text}\n`);
}
