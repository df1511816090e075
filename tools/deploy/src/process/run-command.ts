import { spawn } from 'node:child_process';
import { DeploymentError } from '../deployment-error.ts';
import { atExit } from './at-exit.ts';
import { type Command, shellText } from './command.ts';

/** Thrown when a command ended with another code than 0. */
export class CommandError extends DeploymentError {
  /** Undefined where a signal ended it. */
  readonly exitCode: number | undefined;
  /** Its standard output. */
  readonly output: string;

  constructor(message: string, result: { exitCode: number | undefined; output: string }) {
    super(message);
    this.exitCode = result.exitCode;
    this.output = result.output;
  }
}

/**
 * Runs a command; its standard output is the result.
 * @throws {CommandError} if it fails
 * @throws {DeploymentError} if it is not there
 */
export type RunCommand = (command: Command, options?: { quiet?: boolean }) => Promise<string>;

/** Runs commands with this environment; what they say on standard error goes to the terminal unless `quiet`. */
export function createRunCommand(
  environment: Readonly<Record<string, string | undefined>>,
  cwd: string,
): RunCommand {
  return (command, { quiet = false } = {}) =>
    new Promise((resolve, reject) => {
      const [file = '', ...args] = command;
      const child = spawn(file, args, {
        cwd,
        env: environment,
        stdio: ['ignore', 'pipe', quiet ? 'pipe' : 'inherit'],
      });
      const cancelCleanup = atExit(() => child.kill());
      const output: Buffer[] = [];
      const complaints: Buffer[] = [];
      child.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
      child.stderr?.on('data', (chunk: Buffer) => complaints.push(chunk));
      child.once('error', (error) => {
        cancelCleanup();
        reject(
          new DeploymentError(`${file} can't be run: ${error.message}. Is it installed?`, { cause: error }),
        );
      });
      child.once('close', (code, signal) => {
        cancelCleanup();
        const text = Buffer.concat(output).toString('utf8');
        if (code === 0) return resolve(text);
        const why = Buffer.concat(complaints).toString('utf8').trim();
        reject(
          new CommandError(
            `${shellText(command)} ended with ${code ?? signal}${why === '' ? '' : `: ${why.slice(-2_000)}`}`,
            { exitCode: code ?? undefined, output: text },
          ),
        );
      });
    });
}
