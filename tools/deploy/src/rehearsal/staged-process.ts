import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { atExit } from '../process/at-exit.ts';

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const KEPT_LINES = 20;
const MAX_LINE_LENGTH = 500;

/**
 * A staged service that runs, as App Engine runs it: by its entry point, in its folder, with this environment alone. It
 * does not outlive this process, but where that is killed.
 */
export class StagedProcess {
  /** Settles when it has ended; never rejects. */
  readonly ended: Promise<ProcessEnd>;
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  #end: ProcessEnd | undefined;

  constructor(options: { entrypoint: string; folder: string; environment: Record<string, string> }) {
    // `exec` puts a single command in the shell's place, so that signals reach the service itself.
    const single = !/[;&|<>()`\n]|^\s*\w+=/.test(options.entrypoint);
    const command = single ? `exec ${options.entrypoint}` : options.entrypoint;
    this.#child = spawn('/bin/sh', ['-c', command], {
      cwd: options.folder,
      env: options.environment,
      // A group of its own, so that what it starts is ended with it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        const text = readableLine(line);
        this.#lines.push(text.length > MAX_LINE_LENGTH ? `${text.slice(0, MAX_LINE_LENGTH)}…` : text);
        if (this.#lines.length > KEPT_LINES) this.#lines.shift();
      });
    }
    const cancelCleanup = atExit(() => this.signal('SIGKILL'));
    this.ended = new Promise((resolve) => {
      const end = (result: ProcessEnd): void => {
        cancelCleanup();
        this.#end = result;
        resolve(result);
      };
      // `close` comes after the last line.
      this.#child.once('close', (code, signal) => end({ code, signal }));
      this.#child.once('error', (error) => {
        this.#lines.push(error.message);
        end({ code: null, signal: null });
      });
    });
  }

  /** The process of the shell that runs the entry point, or of the service in its place; undefined if it did not start. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The last lines that it wrote. */
  get lastLines(): readonly string[] {
    return this.#lines;
  }

  /** How it ended, or undefined while it runs. */
  get end(): ProcessEnd | undefined {
    return this.#end;
  }

  /** Sends a signal to it and what it has started. */
  signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** Shortens a structured log line to the parts that a person looks for first; other lines stay. */
function readableLine(line: string): string {
  if (!line.startsWith('{')) return line;
  try {
    const { severity, message, serviceContext, time, ...fields } = JSON.parse(line) as Record<
      string,
      unknown
    >;
    if (typeof severity !== 'string' || typeof message !== 'string') return line;
    const rest = Object.entries(fields).filter(([name]) => !name.startsWith('logging.googleapis.com/'));
    return `${severity} ${message} ${JSON.stringify(Object.fromEntries(rest))}`;
  } catch {
    return line;
  }
}
