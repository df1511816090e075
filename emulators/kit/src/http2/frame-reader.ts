import { ConnectionError } from './connection-error.ts';
import { ErrorCode } from './error-code.ts';
import { DEFAULT_FRAME_BYTES, FRAME_HEADER_BYTES, type Frame } from './frame.ts';

/** Cuts received bytes into frames. It keeps the beginning of one frame at most. */
export class FrameReader {
  readonly #partial = Buffer.allocUnsafe(FRAME_HEADER_BYTES + DEFAULT_FRAME_BYTES);
  #filled = 0;
  readonly #onFrame: (frame: Frame) => void;

  constructor(onFrame: (frame: Frame) => void) {
    this.#onFrame = onFrame;
  }

  /** Whether the beginning of a frame waits for the rest. */
  get isWithinFrame(): boolean {
    return this.#filled > 0;
  }

  /** @throws {ConnectionError} FRAME_SIZE_ERROR for a frame that is too long */
  read(chunk: Buffer): void {
    let at = 0;
    while (this.#filled > 0 && at < chunk.length) at = this.#fill(chunk, at);
    while (chunk.length - at >= FRAME_HEADER_BYTES) {
      const end = at + FRAME_HEADER_BYTES + payloadBytes(chunk, at);
      if (end > chunk.length) break;
      this.#emit(chunk, at, end);
      at = end;
    }
    if (at < chunk.length) this.#filled += chunk.copy(this.#partial, this.#filled, at);
  }

  /** Takes what the frame that was begun lacks, or a part of it. @returns where the next byte is */
  #fill(chunk: Buffer, at: number): number {
    const isHeader = this.#filled < FRAME_HEADER_BYTES;
    const wanted = FRAME_HEADER_BYTES + (isHeader ? 0 : payloadBytes(this.#partial, 0));
    const end = Math.min(chunk.length, at + wanted - this.#filled);
    this.#filled += chunk.copy(this.#partial, this.#filled, at, end);
    if (this.#filled < FRAME_HEADER_BYTES) return end;
    const frameBytes = FRAME_HEADER_BYTES + payloadBytes(this.#partial, 0);
    if (this.#filled === frameBytes) {
      this.#filled = 0;
      this.#emit(this.#partial, 0, frameBytes);
    }
    return end;
  }

  #emit(bytes: Buffer, at: number, end: number): void {
    this.#onFrame({
      type: bytes[at + 3] ?? 0,
      flags: bytes[at + 4] ?? 0,
      streamId: bytes.readUInt32BE(at + 5) & 0x7fffffff,
      payload: bytes.subarray(at + FRAME_HEADER_BYTES, end),
    });
  }
}

function payloadBytes(bytes: Buffer, at: number): number {
  const length = bytes.readUIntBE(at, 3);
  if (length > DEFAULT_FRAME_BYTES) {
    throw new ConnectionError(
      ErrorCode.FRAME_SIZE_ERROR,
      `A frame has ${length} bytes; at most ${DEFAULT_FRAME_BYTES} are allowed`,
    );
  }
  return length;
}
