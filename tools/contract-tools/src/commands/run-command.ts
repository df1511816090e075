import { CommandLineError } from '@waybill/emulator-kit';
import { GitRefError } from '../history/history-files-at-ref.ts';

/**
 * Runs a command of this process and sets the exit code. A command line or a git ref that cannot be used is reported without
 * a stack trace, with exit code 2.
 * @param command receives the arguments and returns the exit code
 */
export async function runCommand(
  command: (args: readonly string[]) => number | Promise<number>,
): Promise<void> {
  try {
    process.exitCode = await command(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof CommandLineError) && !(error instanceof GitRefError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
}
