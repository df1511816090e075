import { startService } from '@waybill/service-kit';
import { loadConsoleConfig } from './config.ts';

const config = loadConsoleConfig(process.env);
await startService({
  config,
  process,
  // Locally only this machine may reach it, also past the front door.
  host: config.CONSOLE_ACCESS === 'local' ? '127.0.0.1' : undefined,
  load: async (parts) => (await import('./load-console.ts')).loadConsole({ config, ...parts }),
});
