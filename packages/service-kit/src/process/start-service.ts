import { createLogger, type Logger } from '../logging/logger.ts';
import { createLazyService, type LoadedService } from './lazy-service.ts';
import type { ProcessConfig } from './process-settings.ts';
import { type RunningService, runService } from './run-service.ts';
import { createShutdown, type SignalSource } from './shutdown.ts';

/** Settings of {@link startService}. */
export interface StartServiceOptions {
  config: ProcessConfig;
  /** `process` of Node: sends the signals, and is ended after the shutdown. */
  process: SignalSource & { exit(code: number): void };
  /**
   * Makes the service for its first request. It imports Google's clients by `import()`: they take most of a start, and
   * on App Engine the first request is the warm-up.
   */
  load: (parts: { logger: Logger; stopping: AbortSignal }) => Promise<LoadedService>;
  /** Default: `LISTEN_HOST`, else all interfaces. */
  host?: string | undefined;
}

/**
 * Starts a service's process: its logger, its shutdown, and a server that loads the service with the first request.
 * @throws {ServiceError} `PORT_TAKEN` if another program uses the port
 */
export async function startService(options: StartServiceOptions): Promise<RunningService> {
  const { config, process, load, host = config.LISTEN_HOST } = options;
  const logger = createLogger({
    service: config.GAE_SERVICE,
    version: config.K_REVISION ?? config.GAE_VERSION,
    project: config.GOOGLE_CLOUD_PROJECT,
    level: config.LOG_LEVEL,
  });
  const shutdown = createShutdown({ signals: process, logger });
  const service = createLazyService({ load: () => load({ logger, stopping: shutdown.stopping }), logger });
  return runService({
    app: service.listener,
    port: config.PORT,
    host,
    frontDoorToken: config.APP_ENGINE_EMULATOR_SERVICE_TOKEN,
    logger,
    shutdown,
    onStop: [service.close],
    exit: (code) => process.exit(code),
  });
}
