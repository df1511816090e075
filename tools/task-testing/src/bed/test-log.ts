import { createLogger, type Logger } from '@waybill/service-kit';

/** A line of the services' log. */
export interface LogLine {
  readonly severity: string;
  readonly message: string;
  readonly event?: string;
  readonly taskId?: string;
  readonly [field: string]: unknown;
}

/** The log of a test's services, kept and awaitable. */
export class TestLog {
  readonly logger: Logger;
  readonly #lines: LogLine[] = [];
  readonly #lateCalls: LogLine[] = [];
  readonly #listeners = new Set<(line: LogLine) => void>();

  constructor() {
    this.logger = createLogger({
      service: 'test-bed',
      version: 'v1',
      level: 'debug',
      destination: {
        write: (text) => {
          const line = JSON.parse(text) as LogLine;
          this.#lines.push(line);
          if (line.event === 'task.late-call') this.#lateCalls.push(line);
          for (const listener of [...this.#listeners]) listener(line);
        },
      },
    });
  }

  /** All lines so far. */
  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  /** The late calls that nobody has taken yet. */
  takeLateCalls(): LogLine[] {
    return this.#lateCalls.splice(0);
  }

  /** Waits for a line that comes after this call. */
  next(matches: (line: LogLine) => boolean): Promise<LogLine> {
    return new Promise((resolve) => {
      const listener = (line: LogLine): void => {
        if (!matches(line)) return;
        this.#listeners.delete(listener);
        resolve(line);
      };
      this.#listeners.add(listener);
    });
  }
}
