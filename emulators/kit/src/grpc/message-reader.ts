import { GrpcError, GrpcStatus } from './grpc-status.ts';
import type { ReceiveBudget } from './receive-budget.ts';

const PREFIX_BYTES = 5;
const MIN_BUFFER_BYTES = 1024;

/** A message as it is on the wire. */
export interface WireMessage {
  readonly isCompressed: boolean;
  /** Bytes of its own: nothing else writes or keeps them. */
  readonly bytes: Buffer;
}

/** Cuts the body of a call into messages. A message's memory grows with what arrived of it, not with what is announced. */
export class MessageReader {
  readonly #maxBytes: number;
  readonly #budget: ReceiveBudget;
  readonly #onMessage: (message: WireMessage) => void;
  #partial: Buffer | undefined;
  #filled = 0;

  constructor(options: {
    maxBytes: number;
    budget: ReceiveBudget;
    onMessage: (message: WireMessage) => void;
  }) {
    this.#maxBytes = options.maxBytes;
    this.#budget = options.budget;
    this.#onMessage = options.onMessage;
  }

  /** Whether a message is incomplete. */
  get isWithinMessage(): boolean {
    return this.#filled > 0;
  }

  /** @throws {GrpcError} RESOURCE_EXHAUSTED for a message that is too large; INTERNAL for a wrong prefix */
  read(chunk: Buffer): void {
    let at = 0;
    while (this.#filled > 0 && at < chunk.length) at = this.#fill(chunk, at);
    while (chunk.length - at >= PREFIX_BYTES) {
      const end = at + PREFIX_BYTES + this.#messageBytes(chunk, at);
      if (end > chunk.length) break;
      const bytes = Buffer.allocUnsafe(end - at - PREFIX_BYTES);
      chunk.copy(bytes, 0, at + PREFIX_BYTES, end);
      const isCompressed = chunk[at] === 1;
      at = end;
      this.#onMessage({ isCompressed, bytes });
    }
    if (at < chunk.length) this.#keep(chunk, at, chunk.length);
  }

  /** Gives its memory back. Nothing may be read afterwards. */
  release(): void {
    this.#budget.giveBack(this.#partial?.length ?? 0);
    this.#partial = undefined;
    this.#filled = 0;
  }

  #fill(chunk: Buffer, at: number): number {
    const partial = this.#partial ?? chunk;
    const hasPrefix = this.#filled >= PREFIX_BYTES;
    const wanted = PREFIX_BYTES + (hasPrefix ? this.#messageBytes(partial, 0) : 0);
    const end = Math.min(chunk.length, at + wanted - this.#filled);
    this.#keep(chunk, at, end);
    const kept = this.#partial;
    if (kept !== undefined && this.#filled >= PREFIX_BYTES) {
      const total = PREFIX_BYTES + this.#messageBytes(kept, 0);
      if (this.#filled === total) {
        this.release();
        this.#onMessage({ isCompressed: kept[0] === 1, bytes: kept.subarray(PREFIX_BYTES, total) });
      }
    }
    return end;
  }

  #keep(chunk: Buffer, at: number, end: number): void {
    const needed = this.#filled + end - at;
    const capacity = this.#partial?.length ?? 0;
    if (needed > capacity) this.#grow(Math.max(needed, 2 * capacity, MIN_BUFFER_BYTES));
    this.#filled += this.#partial === undefined ? 0 : chunk.copy(this.#partial, this.#filled, at, end);
  }

  #grow(wantedBytes: number): void {
    const bytes = Math.min(wantedBytes, PREFIX_BYTES + this.#maxBytes);
    const before = this.#partial;
    if (!this.#budget.take(bytes - (before?.length ?? 0))) {
      throw new GrpcError(
        GrpcStatus.RESOURCE_EXHAUSTED,
        'Too many large requests are being received: try again later',
      );
    }
    this.#partial = Buffer.allocUnsafeSlow(bytes);
    before?.copy(this.#partial, 0, 0, this.#filled);
  }

  #messageBytes(bytes: Buffer, at: number): number {
    const flag = bytes[at] ?? 0;
    if (flag > 1) throw new GrpcError(GrpcStatus.INTERNAL, `A message begins with the flag ${flag}`);
    const length = bytes.readUInt32BE(at + 1);
    if (length > this.#maxBytes) {
      throw new GrpcError(
        GrpcStatus.RESOURCE_EXHAUSTED,
        `Received message larger than max (${length} vs ${this.#maxBytes})`,
      );
    }
    return length;
  }
}
