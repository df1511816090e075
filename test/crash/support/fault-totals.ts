import { callHttp } from '../../src/support/call-http.ts';

/** What Cloud Tasks did wrong, added up over its lives: what came between the last reading and a kill is not in it. */
export class FaultTotals {
  readonly #port: number;
  readonly #totals: Record<string, number> = {};

  constructor(port: number) {
    this.#port = port;
  }

  /** Adds what this life of the emulator has counted; to be called once in each, at its end. */
  async add(): Promise<void> {
    const { text } = await callHttp({ port: this.#port, path: '/emulator/faults' });
    const { counts } = JSON.parse(text) as { counts: Record<string, number> };
    for (const [name, count] of Object.entries(counts)) {
      this.#totals[name] = (this.#totals[name] ?? 0) + count;
    }
  }

  /** The kinds that it can count and that never came; `any` where it could not count at all. */
  absent(): string[] {
    const counts = Object.entries(this.#totals);
    return counts.length === 0 ? ['any'] : counts.filter(([, count]) => count === 0).map(([name]) => name);
  }

  describe(): string {
    return Object.entries(this.#totals)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ');
  }
}
