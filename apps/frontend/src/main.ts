import { beginConfig, startService } from '@waybill/service-kit';
import { loadFrontendConfig } from './config.ts';

const begun = beginConfig('default', process.env, loadFrontendConfig);
await startService({
  config: begun,
  process,
  load: async (parts) => {
    const [config, { loadFrontend }] = await Promise.all([begun.complete(), import('./load-frontend.ts')]);
    return loadFrontend({ config, ...parts });
  },
});
