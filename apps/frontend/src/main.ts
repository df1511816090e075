import { beginConfig, startService } from '@waybill/service-kit';
import { loadFrontendConfig } from './config.ts';

const begun = beginConfig('default', process.env, loadFrontendConfig);
await startService({
  config: begun,
  process,
  load: async (parts) => {
    const [{ loadFrontend }, config] = await Promise.all([import('./load-frontend.ts'), begun.complete()]);
    return loadFrontend({ config, ...parts });
  },
});
