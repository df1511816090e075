import { parseArgs } from 'node:util';
import { openMovableClock, runEmulatorCommand } from '@waybill/emulator-kit';
import { startMailbox } from './mailbox.ts';

await runEmulatorCommand({
  name: 'mailbox',
  async start() {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: '1025' },
        host: { type: 'string', default: '127.0.0.1' },
        'data-dir': { type: 'string' },
        // Where somebody keeps the offset of a movable clock (clock.json), which the times of mails then follow.
        'clock-dir': { type: 'string' },
      },
    });
    if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > 65_535) {
      throw new Error(`--port must be a whole number from 0 to 65535, got "${values.port}"`);
    }
    const dataDir = values['data-dir'];
    const clockDir = values['clock-dir'];
    const mailbox = await startMailbox({
      host: values.host,
      port: Number(values.port),
      ...(dataDir !== undefined && { dataDir }),
      ...(clockDir !== undefined && { nowMs: () => openMovableClock(clockDir).nowMs() }),
    });
    return { address: `${mailbox.host}:${mailbox.port}`, close: () => mailbox.close() };
  },
});
