// A service of its own process, for the test that sends it a real SIGTERM.
import { createLogger, createService, createShutdown, runService } from '../src/index.ts';

const logger = createLogger({ service: 'child', version: 'test' });
const shutdown = createShutdown({ signals: process, logger });
const app = createService({ logger, stopping: shutdown.stopping });

app.use(async (ctx) => {
  if (ctx.path !== '/slow') return;
  logger.info('slow request arrived');
  // Ends only because the service does: the answer proves that `stopping` reached the handler and was waited for.
  await new Promise<void>((resolve) => ctx.state.stopping.addEventListener('abort', () => resolve()));
  ctx.body = { handedBack: true };
});

// Would hold the process for ever without `exit`.
setInterval(() => {}, 60_000);

await runService({
  app,
  port: 0,
  host: '127.0.0.1',
  logger,
  shutdown,
  onStop: [async () => logger.info('clients closed')],
  exit: process.exit,
});
