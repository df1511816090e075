import { parseArgs } from 'node:util';
import { runEmulatorCommand } from '@waybill/emulator-kit';
import { startWarehouse } from './warehouse.ts';

await runEmulatorCommand({
  name: 'warehouse',
  async start() {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: '0' },
        host: { type: 'string', default: '127.0.0.1' },
        'data-dir': { type: 'string' },
      },
    });
    if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > 65_535) {
      throw new Error(`--port must be a whole number from 0 to 65535, got "${values.port}"`);
    }
    // In the environment, as arguments can be read by every user of the machine.
    const secret = process.env['WAREHOUSE_SECRET'];
    if (secret === undefined || secret === '') throw new Error('WAREHOUSE_SECRET is required');
    const dataDir = values['data-dir'];
    const warehouse = await startWarehouse({
      host: values.host,
      port: Number(values.port),
      secret,
      ...(dataDir !== undefined && { dataDir }),
    });
    return {
      address: `${warehouse.host}:${warehouse.port}`,
      close: () => warehouse.close(),
      failed: warehouse.dataGone,
    };
  },
});
