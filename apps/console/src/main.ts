import { createLazyService, createLogger, createShutdown, runService } from '@waybill/service-kit';
import { loadConsoleConfig } from './config.ts';

const config = loadConsoleConfig(process.env);
const logger = createLogger({
  service: config.GAE_SERVICE,
  version: config.K_REVISION ?? config.GAE_VERSION,
  project: config.GOOGLE_CLOUD_PROJECT,
  level: config.LOG_LEVEL,
});
const shutdown = createShutdown({ signals: process, logger });
// Google's clients take most of a start: they are loaded with the first request, on App Engine the warm-up.
const service = createLazyService({
  async load() {
    const { loadConsole } = await import('./load-console.ts');
    return loadConsole({ config, logger, stopping: shutdown.stopping });
  },
  logger,
});

await runService({
  app: service.listener,
  port: config.PORT,
  // Locally nobody but this machine is to reach it, not even past the front door.
  host: config.CONSOLE_ACCESS === 'local' ? '127.0.0.1' : config.LISTEN_HOST,
  logger,
  shutdown,
  onStop: [service.close],
  exit: process.exit,
});
