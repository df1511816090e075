import { EventEmitter } from 'node:events';

import type { ErrorDescription } from '../src/logging/describe-error.ts';

export interface LogLine {
  readonly [field: string]: unknown;
  readonly error?: ErrorDescription;
}

/** A logger's destination that keeps the lines, and waits for one. */
export class LogSink {
  readonly lines: LogLine[] = [];
  readonly #events = new EventEmitter();

  write(line: string): void {
    this.lines.push(JSON.parse(line) as LogLine);
    this.#events.emit('line');
  }

  /** The lines with this message. */
  of(message: string): LogLine[] {
    return this.lines.filter((line) => line['message'] === message);
  }

  /** The first line with this message, as soon as it is written. The test's own time-out ends a vain wait. */
  async waitFor(message: string): Promise<LogLine> {
    for (;;) {
      const [line] = this.of(message);
      if (line) return line;
      await new Promise<void>((resolve) => this.#events.once('line', () => resolve()));
    }
  }
}
