import { createLazyService, createLogger, createShutdown, runService } from '@waybill/service-kit';
import { loadFrontendConfig } from './config.ts';

const config = loadFrontendConfig(process.env);
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
    const { loadFrontend } = await import('./load-frontend.ts');
    return loadFrontend({ config, logger, stopping: shutdown.stopping });
  },
  logger,
});

await runService({
  app: service.listener,
  port: config.PORT,
  host: config.LISTEN_HOST,
  logger,
  shutdown,
  onStop: [service.close],
  exit: process.exit,
});
