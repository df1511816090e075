import { CommandLineError, takeRootFlag, terminalWriter } from '@waybill/emulator-kit';
import { GitRefError } from '../history/history-files-at-ref.ts';
import { explainError } from '../repository/explain-error.ts';
import { ownRootDir } from '../repository/root-dir.ts';

/**
 * Runs a command of this process and sets the exit code. An error is reported by its file, line and remedy, without a stack
 * trace: with exit code 2 for a command line or a git ref that cannot be used, with 1 for any other.
 * @param command receives the arguments without `--root` and the repository's folder, and returns the exit code
 */
export async function runCommand(
  command: (args: readonly string[], rootDir: string) => number | Promise<number>,
): Promise<void> {
  // `… | head` closes the pipe: what is left to print is not wanted.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : 1);
  });
  let rootDir = ownRootDir;
  try {
    const taken = takeRootFlag(process.argv.slice(2), ownRootDir);
    ({ rootDir } = taken);
    process.exitCode = await command(taken.rest, rootDir);
  } catch (error) {
    terminalWriter(process.stderr)(`${explainError(error, rootDir).join('\n')}\n`);
    process.exitCode = error instanceof CommandLineError || error instanceof GitRefError ? 2 : 1;
  }
}
