import { createLogger, type Logger } from '../logging/logger.ts';
import { createLazyService, type LoadedService } from './lazy-service.ts';
import type { ProcessConfig } from './process-settings.ts';
import { type RunningService, runService } from './run-service.ts';
import { createShutdown, type SignalSource } from './shutdown.ts';

/** Delay before a start without requests reads its secrets. */
const SETTINGS_DELAY_MS = 250;

/** Settings of {@link startService}. */
export interface StartServiceOptions {
  /** From `beginConfig`, or settings that need no secret to be read. */
  config: ProcessConfig & { readonly complete?: () => Promise<unknown> };
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
 * Starts a service's process: its logger, its shutdown, and a server that loads the service with the first request. Secrets
 * are read meanwhile. If they can't be, or a setting turns out wrong by them, the process ends with exit code 1.
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
  let isReady = true;
  const running = await runService({
    app: service.listener,
    port: config.PORT,
    host,
    frontDoorToken: config.APP_ENGINE_EMULATOR_SERVICE_TOKEN,
    logger,
    shutdown,
    onStop: [service.close],
    exit: (code) => process.exit(isReady ? code : 1),
  });
  const complete = (): void => {
    config.complete?.().catch((error: unknown) => {
      isReady = false;
      logger.critical('settings not complete', { error });
      shutdown.stop('the settings are not complete');
    });
  };
  // The first request begins to read too. Until then the import of the client would hold `/healthz` up.
  const timer = setTimeout(complete, SETTINGS_DELAY_MS);
  shutdown.stopping.addEventListener('abort', () => clearTimeout(timer), { once: true });
  return running;
}
