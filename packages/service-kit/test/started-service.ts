// A main.ts for the test of startService(): its service tells the process's settings and that it is closed.
import { loadConfig, processSettings, startService } from '../src/index.ts';

const config = loadConfig(processSettings('started'), process.env);
await startService({
  config: { ...config, PORT: 0 },
  process,
  async load({ logger, stopping }) {
    logger.info('loaded');
    return {
      listener: (_request, response) => response.end(String(stopping.aborted)),
      close: async () => logger.info('closed', { stopping: stopping.aborted }),
    };
  },
});

// Holds the process for ever without `exit`.
setInterval(() => {}, 60_000);
