import { startService } from '@waybill/service-kit';
import { loadFrontendConfig } from './config.ts';

const config = loadFrontendConfig(process.env);
await startService({
  config,
  process,
  load: async (parts) => (await import('./load-frontend.ts')).loadFrontend({ config, ...parts }),
});
