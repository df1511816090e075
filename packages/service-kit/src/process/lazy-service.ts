import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Logger } from '../logging/logger.ts';

/** A service whose parts are loaded. */
export interface LoadedService {
  readonly listener: RequestListener;
  /** Closes its clients. */
  close(): Promise<void>;
}

/** Stands before a service that is loaded with the first request that needs it. */
export interface LazyService {
  readonly listener: RequestListener;
  /** Closes the service, where it was loaded. */
  close(): Promise<void>;
}

const FAILED = JSON.stringify({ status: 500, title: 'Internal Server Error', code: 'INTERNAL' });

/**
 * Listens at once, and loads the service with the first request but `/healthz`, which tells that the process is alive. On
 * App Engine that first request is the warm-up. Requests wait until it is loaded; where loading fails they are answered
 * with 500, and the next one tries again.
 * @param options.load imports what is heavy, by `import()`, and makes the service
 */
export function createLazyService(options: {
  load: () => Promise<LoadedService>;
  logger: Logger;
}): LazyService {
  const { load, logger } = options;
  let loading: Promise<LoadedService> | undefined;
  let loaded: LoadedService | undefined;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      loading ??= load();
      loaded = await loading;
    } catch (error) {
      loading = undefined;
      logger.critical('service not loaded', { error });
      response.writeHead(500, { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' });
      response.end(FAILED);
      return;
    }
    return loaded.listener(request, response);
  }

  return {
    listener(request, response) {
      if (loaded !== undefined) return loaded.listener(request, response);
      if (request.url === '/healthz' && (request.method === 'GET' || request.method === 'HEAD')) {
        response.writeHead(200, {
          'Content-Type': 'application/json; charset=utf-8',
          'Cache-Control': 'no-store',
        });
        response.end(request.method === 'HEAD' ? undefined : '{"status":"alive"}');
        return;
      }
      return handle(request, response);
    },
    async close() {
      const service = await loading?.catch(() => undefined);
      await service?.close();
    },
  };
}
