import {
  CommandLineError,
  listenFlags,
  readFlags,
  readListenOptions,
  runEmulatorCommand,
} from '@waybill/emulator-kit';
import { startWarehouse } from './warehouse.ts';

await runEmulatorCommand({
  name: 'warehouse',
  async start() {
    const { values, problems } = readFlags(process.argv.slice(2), listenFlags('0'));
    const listen = readListenOptions(values, process.env, problems);
    if (problems.length > 0) throw new CommandLineError(problems);
    // In the environment, as arguments can be read by every user of the machine.
    const secret = process.env['WAREHOUSE_SECRET'];
    if (secret === undefined || secret === '') throw new Error('WAREHOUSE_SECRET is required');
    const warehouse = await startWarehouse({ ...listen, secret });
    return {
      address: `${warehouse.host}:${warehouse.port}`,
      close: () => warehouse.close(),
      failed: warehouse.dataGone,
    };
  },
});
