#!/usr/bin/env node
import { once } from 'node:events';
import { hideSqliteWarning } from '@waybill/emulator-kit/hide-sqlite-warning';

hideSqliteWarning(process);
const { CommandLineError, packageVersion, runEmulatorCommand, terminalWriter } = await import(
  '@waybill/emulator-kit'
);
const { HELP, readCommandLine } = await import('./command-line.ts');
const { logEvents } = await import('./log-events.ts');
const { startCloudTasksEmulator } = await import('./start-cloud-tasks-emulator.ts');

try {
  const command = readCommandLine(process.argv.slice(2), process.env);
  if (command.help) {
    process.stdout.write(HELP);
  } else if (command.version) {
    process.stdout.write(`${packageVersion(import.meta.url)}\n`);
  } else {
    await runEmulatorCommand({
      name: 'cloud-tasks-emulator',
      start: async () => {
        const emulator = await startCloudTasksEmulator(command.options);
        const failed = once(emulator.events, 'storageFailed').then(([{ error }]) => error as Error);
        emulator.events.on('queueFileChanged', ({ file, queues, error }) => {
          const result = error ? `not applied: ${error.message}` : `applied again: ${queues} queues`;
          terminalWriter(process.stderr)(`cloud-tasks-emulator: ${file} has changed and is ${result}\n`);
        });
        if (command.logEvents) logEvents(emulator.events, terminalWriter(process.stdout));
        return { address: `${emulator.host}:${emulator.port}`, close: () => emulator.close(), failed };
      },
    });
  }
} catch (error) {
  if (!(error instanceof CommandLineError)) throw error;
  terminalWriter(process.stderr)(`cloud-tasks-emulator: ${error.message}\n`);
  process.exitCode = 2;
}
