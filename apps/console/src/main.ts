import { beginConfig, startService } from '@waybill/service-kit';
import { loadConsoleConfig } from './config.ts';

const begun = beginConfig('console', process.env, loadConsoleConfig);
await startService({
  config: begun,
  process,
  // Locally only this machine may reach it, also past the front door.
  host: process.env['CONSOLE_ACCESS'] === 'local' ? '127.0.0.1' : undefined,
  load: async (parts) => {
    const [config, { loadConsole }] = await Promise.all([begun.complete(), import('./load-console.ts')]);
    return loadConsole({ config, ...parts });
  },
});
