/** An event of the stack: a line that a service logged, or a state change of a process. */
export interface StackEvent {
  /** Counted from 1; gives the order of events. */
  readonly sequence: number;
  /** The stack's clock, milliseconds since the epoch. */
  readonly atMs: number;
  /** `frontend`, `worker`, `firestore-emulator` …; a second version of a service is `worker@v2`. */
  readonly source: string;
  /** `task.succeeded`, `process.died` …; empty for a log line that names no event. */
  readonly event: string;
  /** Cloud Logging's severity: INFO, WARNING, ERROR … */
  readonly severity: string;
  readonly message: string;
  /** Further members of the line: `subject`, `task`, `taskId`, `attempt`, `code` … */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Maximum number of past events that listeners can still find. */
const MAX_KEPT_EVENTS = 10_000;

/** The stack's events in order, and their listeners. */
export class StackEvents {
  readonly #kept: StackEvent[] = [];
  readonly #listeners = new Set<(event: StackEvent) => void>();
  readonly #nowMs: () => number;
  #sequence = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** The newest 10,000 events, oldest first. */
  get all(): readonly StackEvent[] {
    return this.#kept;
  }

  /** Calls `listener` at each event. Returns a function that removes it. */
  listen(listener: (event: StackEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  add(event: Omit<StackEvent, 'sequence' | 'atMs'>): void {
    this.#sequence += 1;
    const added = { sequence: this.#sequence, atMs: this.#nowMs(), ...event };
    this.#kept.push(added);
    if (this.#kept.length > MAX_KEPT_EVENTS) this.#kept.shift();
    for (const listener of [...this.#listeners]) listener(added);
  }

  /**
   * Finds the first event that fits, among past and future ones.
   * @throws {Error} if none came in time, with the last events
   */
  waitFor(predicate: (event: StackEvent) => boolean, timeoutMs: number): Promise<StackEvent> {
    const found = this.#kept.find(predicate);
    if (found !== undefined) return Promise.resolve(found);
    return new Promise((resolve, reject) => {
      const stopListening = this.listen((event) => {
        if (!predicate(event)) return;
        clearTimeout(timer);
        stopListening();
        resolve(event);
      });
      const timer = setTimeout(() => {
        stopListening();
        const last = this.#kept.slice(-20).map((event) => `\n  ${describeEvent(event)}`);
        reject(new Error(`No such event within ${timeoutMs} ms. The last ones:${last.join('')}`));
      }, timeoutMs);
    });
  }
}

function describeEvent({ source, event, severity, message, fields }: StackEvent): string {
  return `${source} ${severity} ${event || '-'} ${message} ${JSON.stringify(fields)}`.slice(0, 400);
}
