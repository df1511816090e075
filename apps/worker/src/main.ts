import { beginConfig, startService } from '@waybill/service-kit';
import { loadWorkerConfig } from './config.ts';

const begun = beginConfig('worker', process.env, loadWorkerConfig);
await startService({
  config: begun,
  process,
  load: async (parts) => {
    const [config, { loadWorker }] = await Promise.all([begun.complete(), import('./load-worker.ts')]);
    return loadWorker({ config, ...parts });
  },
});
