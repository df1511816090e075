import type { Usage } from '@waybill/firestore-emulator';
import { callHttp } from '../../src/support/call-http.ts';

/**
 * Transactions that ran again, and ABORTED responses, added up over the lives of the Firestore emulator. What came between
 * the last reading and a kill is not in it.
 */
export class RerunTotals {
  readonly #port: number;
  #reruns = 0;
  readonly #aborted: Record<string, Record<string, number>> = {};

  constructor(port: number) {
    this.#port = port;
  }

  /** Adds what this life of the emulator has counted. To be called once in each, at its end. */
  async add(): Promise<void> {
    const { text } = await callHttp({ port: this.#port, path: '/emulator/usage' });
    const { reruns, aborted } = JSON.parse(text) as Usage;
    this.#reruns += reruns;
    for (const [collectionId, counts] of Object.entries(aborted)) {
      this.#aborted[collectionId] ??= {};
      const totals = this.#aborted[collectionId];
      for (const [reason, count] of Object.entries(counts)) totals[reason] = (totals[reason] ?? 0) + count;
    }
  }

  /** The reruns per 100 tasks, and the ABORTED responses by collection and reason. */
  describe(tasks: number): string {
    const share = tasks === 0 ? '' : `, ${((this.#reruns * 100) / tasks).toFixed(1)} per 100 tasks`;
    const aborted = Object.entries(this.#aborted).map(
      ([collectionId, counts]) =>
        `${collectionId} ${Object.entries(counts)
          .map(([reason, count]) => `${reason} ${count}`)
          .join(' ')}`,
    );
    return `${this.#reruns} transactions ran again${share}; ABORTED: ${aborted.join(', ') || 'none'}`;
  }
}
