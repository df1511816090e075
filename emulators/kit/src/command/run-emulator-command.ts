import type { Readable, Writable } from 'node:stream';
import { DATABASE_GONE_EXIT_CODE, DatabaseGoneError } from '../storage/database-files.ts';
import { terminalWriter } from './escape-control-characters.ts';

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

/** What a command has started. */
export interface RunningEmulator {
  readonly address: string;
  close(): Promise<void>;
  /** Resolves with the reason when it can't go on. */
  readonly failed?: Promise<Error>;
}

/** Closing takes at most this long; then the process ends with code 1. */
const CLOSE_TIMEOUT_MS = 10_000;

/**
 * Runs an emulator as a process: starts it, prints `<name> listening on <address>`, and closes it on SIGTERM or
 * SIGINT, and when stdin ends if EMULATOR_EXIT_WITH_PARENT=1 (so that it does not outlive a parent that was
 * killed). A start that fails prints the reason and ends with code 1, and so does one that can't go on; with
 * {@link DATABASE_GONE_EXIT_CODE} if that is for a DatabaseGoneError.
 */
export async function runEmulatorCommand(
  options: { name: string; start: () => Promise<RunningEmulator> },
  world: CommandProcess = process,
): Promise<void> {
  const printError = terminalWriter(world.stderr);
  let closing = false;
  let running: RunningEmulator;
  try {
    running = await options.start();
  } catch (error) {
    printError(`${options.name}: ${error instanceof Error ? error.message : String(error)}\n`);
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
        printError(`${options.name}: could not close: ${String(error)}\n`);
        world.exit(1);
      },
    );
  };
  void running.failed?.then((error) => {
    printError(`${options.name}: ${error.message}\n`);
    world.exit(error instanceof DatabaseGoneError ? DATABASE_GONE_EXIT_CODE : 1);
  });
  world.on('SIGTERM', stop);
  world.on('SIGINT', stop);
  if (world.env['EMULATOR_EXIT_WITH_PARENT'] === '1') {
    world.stdin.on('end', stop);
    world.stdin.on('error', stop);
    world.stdin.resume();
  }
  world.stdout.write(`${options.name} listening on ${running.address}\n`);
}
