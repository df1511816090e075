import type { Readable, Writable } from 'node:stream';

/** What of the process a command needs; `process` itself fits. */
export interface CommandProcess {
  readonly env: Record<string, string | undefined>;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  exitCode?: number | string | null | undefined;
  on(event: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
  exit(code?: number): void;
}

/** Closing takes at most this long; then the process ends with code 1. */
const CLOSE_TIMEOUT_MS = 10_000;

/**
 * Runs an emulator as a process: starts it, prints `<name> listening on <address>`, and closes it on SIGTERM or
 * SIGINT, and when stdin ends if EMULATOR_EXIT_WITH_PARENT=1 (so that it does not outlive a parent that was
 * killed). A start that fails prints the reason and ends with code 1.
 */
export async function runEmulatorCommand(
  options: { name: string; start: () => Promise<{ address: string; close(): Promise<void> }> },
  world: CommandProcess = process,
): Promise<void> {
  let closing = false;
  let running: { address: string; close(): Promise<void> };
  try {
    running = await options.start();
  } catch (error) {
    world.stderr.write(`${options.name}: ${error instanceof Error ? error.message : String(error)}\n`);
    world.exit(1);
    return;
  }
  const stop = (): void => {
    if (closing) return;
    closing = true;
    setTimeout(() => world.exit(1), CLOSE_TIMEOUT_MS).unref();
    running.close().then(
      () => world.exit(0),
      (error: unknown) => {
        world.stderr.write(`${options.name}: could not close: ${String(error)}\n`);
        world.exit(1);
      },
    );
  };
  world.on('SIGTERM', stop);
  world.on('SIGINT', stop);
  if (world.env['EMULATOR_EXIT_WITH_PARENT'] === '1') {
    world.stdin.on('end', stop);
    world.stdin.on('error', stop);
    world.stdin.resume();
  }
  world.stdout.write(`${options.name} listening on ${running.address}\n`);
}
