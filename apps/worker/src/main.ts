import { startService } from '@waybill/service-kit';
import { loadWorkerConfig } from './config.ts';

const config = loadWorkerConfig(process.env);
await startService({
  config,
  process,
  load: async (parts) => (await import('./load-worker.ts')).loadWorker({ config, ...parts }),
});
