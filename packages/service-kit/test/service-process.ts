import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Environment variables of a process. `PATH` is added. */
export type ProcessEnvironment = Readonly<Record<string, string>>;

/** A service's process that listens. */
export interface ListeningProcess {
  readonly url: string;
  /** Its log line `listening`. */
  readonly line: Readonly<Record<string, unknown>>;
}

/**
 * Starts a service's main.ts in a process of its own, calls `use` once it listens, and then sends SIGTERM.
 * @returns the exit code and the signal that ended it
 */
export async function runServiceProcess(
  main: URL,
  environment: ProcessEnvironment,
  use: (service: ListeningProcess) => Promise<void>,
): Promise<[code: number | null, signal: string | null]> {
  const child = spawn(process.execPath, [fileURLToPath(main)], {
    // Google's clients look for a metadata server when they start.
    env: { PATH: process.env['PATH'], METADATA_SERVER_DETECTION: 'none', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  try {
    for await (const text of createInterface({ input: child.stdout })) {
      const line = JSON.parse(text);
      if (line.message !== 'listening') continue;
      await use({ url: `http://127.0.0.1:${line.port}`, line });
      child.kill('SIGTERM');
    }
    const [code, signal] = await exited;
    return [code, signal];
  } finally {
    child.kill('SIGKILL');
  }
}

/**
 * Starts a service's main.ts with settings that it must refuse, and waits for its exit.
 * @returns the exit code, the text of standard error, and the log
 */
export async function refusedServiceProcess(
  main: URL,
  environment: ProcessEnvironment,
): Promise<{ code: number | null; errorText: string; logText: string }> {
  const child = spawn(process.execPath, [fileURLToPath(main)], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  const [logText = '', errorText = ''] = await Promise.all(
    [child.stdout, child.stderr].map(async (stream) => (await stream.toArray()).join('')),
  );
  const [code] = await exited;
  return { code, errorText, logText };
}
