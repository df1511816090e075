import { parseArgs } from 'node:util';
import { runEmulatorCommand } from '@waybill/emulator-kit';
import { startPaymentSandbox } from './payment-sandbox.ts';

// Where stripe-mock, Stripe's own stand-in, listens too.
const DEFAULT_PORT = '12111';

await runEmulatorCommand({
  name: 'payment-sandbox',
  async start() {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: DEFAULT_PORT },
        host: { type: 'string', default: '127.0.0.1' },
        'data-dir': { type: 'string' },
      },
    });
    if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > 65_535) {
      throw new Error(`--port must be a whole number from 0 to 65535, got "${values.port}"`);
    }
    const dataDir = values['data-dir'];
    const sandbox = await startPaymentSandbox({
      host: values.host,
      port: Number(values.port),
      ...(dataDir !== undefined && { dataDir }),
    });
    return {
      address: `${sandbox.host}:${sandbox.port}`,
      close: () => sandbox.close(),
      failed: sandbox.dataGone,
    };
  },
});
