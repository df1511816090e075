import {
  CommandLineError,
  listenFlags,
  openMovableClock,
  readFlags,
  readListenOptions,
  runEmulatorCommand,
} from '@waybill/emulator-kit';
import { startMailbox } from './mailbox.ts';

await runEmulatorCommand({
  name: 'mailbox',
  async start() {
    const { values, problems } = readFlags(process.argv.slice(2), {
      ...listenFlags('1025'),
      // Where somebody keeps the offset of a movable clock (clock.json), which the times of mails then follow.
      'clock-dir': { type: 'string' },
    });
    const listen = readListenOptions(values, process.env, problems);
    if (problems.length > 0) throw new CommandLineError(problems);
    const clockDir = values['clock-dir'];
    const mailbox = await startMailbox({
      ...listen,
      ...(clockDir !== undefined && { nowMs: () => openMovableClock(clockDir).nowMs() }),
    });
    return { address: `${mailbox.host}:${mailbox.port}`, close: () => mailbox.close() };
  },
});
