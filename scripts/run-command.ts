import { spawn } from 'node:child_process';

/**
 * Runs a command with this process's output, and waits for its end. The terminal sends a Ctrl-C to the command itself;
 * this process outlives it, to report the results.
 * @returns the exit code; 128 + n after signal n, as a shell would say
 */
export function runCommand(
  command: string,
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<number> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'inherit', 'inherit'] });
  const stayAlive = (): void => {};
  const passOn = (): void => {
    child.kill('SIGTERM');
  };
  process.on('SIGINT', stayAlive);
  process.on('SIGTERM', passOn);
  return new Promise<number>((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`Could not run ${command}: ${error.message}`)));
    child.once('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 143)));
  }).finally(() => {
    process.off('SIGINT', stayAlive);
    process.off('SIGTERM', passOn);
  });
}
