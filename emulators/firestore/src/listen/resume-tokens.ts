import type { Micros } from '../values/timestamp.ts';

const RUN_ID_BYTES = 8;

/**
 * Writes and reads resume tokens: which run of the emulator, and which moment. Another run's are not trusted: its data
 * may have been in memory only, so whoever comes with one is told everything anew.
 */
export class ResumeTokens {
  readonly #runId: Buffer;

  /** @param runId 8 bytes that no other run has */
  constructor(runId: Uint8Array) {
    if (runId.length !== RUN_ID_BYTES) {
      throw new RangeError(`A run's id has ${RUN_ID_BYTES} bytes, got ${runId.length}`);
    }
    this.#runId = Buffer.from(runId);
  }

  write(readMicros: Micros): Uint8Array {
    const token = Buffer.alloc(RUN_ID_BYTES + 8);
    this.#runId.copy(token);
    token.writeBigUInt64BE(BigInt(readMicros), RUN_ID_BYTES);
    return token;
  }

  /** The moment; undefined for what this run did not write. */
  read(token: Uint8Array): Micros | undefined {
    const bytes = Buffer.from(token);
    if (bytes.length !== RUN_ID_BYTES + 8 || !bytes.subarray(0, RUN_ID_BYTES).equals(this.#runId)) {
      return undefined;
    }
    return Number(bytes.readBigUInt64BE(RUN_ID_BYTES));
  }
}
