import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The output of a command, and its exit code. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs gcloud; a failure is a result too. */
export async function gcloud(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  cwd: string,
): Promise<CommandResult> {
  try {
    const { stdout, stderr } = await promisify(execFile)('gcloud', args, {
      cwd,
      env: environment,
      timeout: 120_000,
      maxBuffer: 64 * 1024 * 1024,
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string };
    return { code: typeof code === 'number' ? code : -1, stdout, stderr: stderr || String(error) };
  }
}

/** Skips a suite where gcloud is missing, and says so where it can't be overlooked. */
export async function needGcloud(
  context: Mocha.Context,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const { code } = await gcloud(['version'], environment, process.cwd());
  if (code === 0) return;
  process.stderr.write('\n*** SKIPPED: gcloud is not installed, so nothing was tried with it ***\n');
  context.skip();
}
