import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { parseRequestTarget, RequestTargetError } from '@waybill/emulator-kit';
import type { DispatchRule } from '@waybill/google-config';
import type { EmulatorEventEmitter } from '../emulator-events.ts';
import { NoInstanceError } from '../instances/instance-pool.ts';
import type { ServiceRegistry } from '../services/service-registry.ts';
import type { ServiceVersion } from '../services/service-version.ts';
import { sendStaticFile } from '../static-files/send-static-file.ts';
import type { Timers } from '../timers.ts';
import { type AppEngineApplication, appspotHosts } from './app-engine-host.ts';
import { findDestination } from './destination.ts';
import { errorPage } from './error-page.ts';
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
 * on. A request with a bad target gets 400, one for which there is no service or version gets 404, one that no instance can take 503, one that broke the
 * service's connection 502, one over its deadline 504; each with a line of text that says why.
 */
export function createFrontDoor(options: {
  application: AppEngineApplication;
  registry: ServiceRegistry;
  /** Asked for each request: a deployment replaces them. */
  dispatchRules: () => readonly DispatchRule[];
  trustedToken: string;
  /** Shows a service that a request comes from here. */
  serviceToken: string;
  deadlines: RequestDeadlines;
  events: EmulatorEventEmitter;
  timers: Timers;
}): RequestListener {
  const { application, registry, events, timers } = options;
  const [defaultHost = ''] = appspotHosts('default', application);
  return (request, response) => {
    const startedMs = timers.monotonicMs();
    const source = requestSource(request.headers, options.trustedToken);
    let path: string | undefined;
    const gone = clientGoneSignal(response);
    // A write to a client that has gone may fail after the answer seemed finished; "close" follows and says all there is to say.
    response.on('error', () => {});
    let taken: ServiceVersion | undefined;
    let instanceId: string | undefined;
    const forward = async (): Promise<void> => {
      if ((request.headersDistinct['host']?.length ?? 0) > 1) throw new ProxyError(400, 'more than one Host');
      const { authority, originForm, path: pathname } = parseRequestTarget(request.url);
      path = originForm;
      const address = clientAddress(source, request.socket.remoteAddress ?? '');
      const destination = findDestination(
        {
          host: authority ?? request.headers.host,
          path,
          visitor: { address, cookie: request.headers.cookie },
        },
        { application, registry, dispatchRules: options.dispatchRules() },
      );
      if ('notFound' in destination) throw new ProxyError(404, destination.notFound);
      const { version, instance, setCookie } = destination;
      taken = version;
      const file = version.staticFiles.find(pathname);
      if (file !== undefined) {
        if (file.path === undefined) throw new ProxyError(404, `there is no static file for ${pathname}`);
        await sendStaticFile(request, response, { ...file, path: file.path, appYaml: version.appYaml });
        return;
      }
      const deadlineMs = options.deadlines[version.appYaml.scaling.kind];
      const usedInstance = await forwardRequest(request, response, {
        headers: serviceRequestHeaders(request.rawHeaders, {
          source,
          address,
          targetHost: authority,
          defaultHost,
          deadlineMs,
          serviceToken: options.serviceToken,
        }),
        setCookie,
        path,
        acquire: (avoid) => version.acquire(gone, { position: instance, avoid }),
        release: (used) => version.release(used),
        pendingTimeoutMs: version.pendingTimeoutMs,
        deadlineMs,
        signal: gone,
      });
      instanceId = usedInstance.id;
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
    return forward()
      .catch((error: unknown) => sendError(response, error, taken))
      .finally(report);
  };
}

/** Aborts when the client's connection closes before its answer has ended. */
function clientGoneSignal(response: ServerResponse<IncomingMessage>): AbortSignal {
  const controller = new AbortController();
  response.on('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}

function sendError(response: ServerResponse, error: unknown, version: ServiceVersion | undefined): void {
  if (response.destroyed) return;
  if (response.headersSent) {
    // Too late for another status: a cut connection at least can't be taken for a whole answer.
    response.destroy();
    return;
  }
  const status = statusOf(error);
  // The rest of a body that is too large is not read, so that this connection can't be used again.
  if (status === 413) response.setHeader('Connection', 'close');
  if (status === 503) response.setHeader('Retry-After', '1');
  const page = version && errorPage(version.appYaml, status);
  if (page !== undefined) {
    response.writeHead(status, { 'Content-Type': page.mimeType }).end(page.content);
    return;
  }
  const where = version ? `service "${version.service}", version "${version.version}": ` : '';
  const text = error instanceof Error ? error.message : String(error);
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(`${status} from the App Engine emulator: ${where}${text}\n`);
}

function statusOf(error: unknown): number {
  if (error instanceof ProxyError || error instanceof RequestTargetError) return error.status;
  return error instanceof NoInstanceError ? 503 : 500;
}
