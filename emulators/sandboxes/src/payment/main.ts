import {
  CommandLineError,
  listenFlags,
  readFlags,
  readListenOptions,
  runEmulatorCommand,
} from '@waybill/emulator-kit';
import { startPaymentSandbox } from './payment-sandbox.ts';

// Where stripe-mock, Stripe's own stand-in, listens too.
const DEFAULT_PORT = '12111';

await runEmulatorCommand({
  name: 'payment-sandbox',
  async start() {
    const { values, problems } = readFlags(process.argv.slice(2), listenFlags(DEFAULT_PORT));
    const listen = readListenOptions(values, process.env, problems);
    if (problems.length > 0) throw new CommandLineError(problems);
    const sandbox = await startPaymentSandbox(listen);
    return {
      address: `${sandbox.host}:${sandbox.port}`,
      close: () => sandbox.close(),
      failed: sandbox.dataGone,
    };
  },
});
