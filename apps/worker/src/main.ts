import { beginConfig, startService } from '@waybill/service-kit';
import { loadWorkerConfig } from './config.ts';

const begun = beginConfig('worker', process.env, loadWorkerConfig);
await startService({
  config: begun,
  process,
  load: async (parts) => {
    const [{ loadWorker }, config] = await Promise.all([import('./load-worker.ts'), begun.complete()]);
    return loadWorker({ config, ...parts });
  },
});
