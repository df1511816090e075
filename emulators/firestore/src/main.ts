#!/usr/bin/env node
import { CommandLineError, runEmulatorCommand, terminalWriter } from '@waybill/emulator-kit';
import { HELP, readCommandLine } from './command-line.ts';
import { startFirestoreEmulator } from './start-firestore-emulator.ts';

try {
  const command = readCommandLine(process.argv.slice(2), process.env);
  if (command.help) {
    process.stdout.write(HELP);
  } else {
    await runEmulatorCommand({
      name: 'firestore-emulator',
      start: async () => {
        const emulator = await startFirestoreEmulator({
          ...command.options,
          onWriteFailed: ({ message }) =>
            terminalWriter(process.stderr)(
              `firestore-emulator: The data could not be written to the disk: ${message}\n`,
            ),
        });
        return {
          address: `${emulator.host}:${emulator.port}`,
          close: () => emulator.close(),
          failed: emulator.dataGone,
        };
      },
    });
  }
} catch (error) {
  if (!(error instanceof CommandLineError)) throw error;
  terminalWriter(process.stderr)(`firestore-emulator: ${error.message}\n`);
  process.exitCode = 2;
}
