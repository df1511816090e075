import { ConnectionError } from './connection-error.ts';
import { ErrorCode } from './error-code.ts';

/** Encoded header blocks beyond this end the connection: the table cannot be kept without decoding them. */
const MAX_BLOCK_BYTES = 256 * 1024;
/** A block of the maximum size needs 16 frames; a flood uses many small ones. */
const MAX_FRAMES = 64;

/** A header block of which more frames may come. */
export interface OpenBlock {
  readonly streamId: number;
  readonly endStream: boolean;
  readonly dependsOnItself: boolean;
}

/** Puts HEADERS and CONTINUATION together. */
export class HeaderBlockReader {
  #open: OpenBlock | undefined;
  #parts: Buffer[] = [];
  #bytes = 0;

  /** The block that waits for CONTINUATION. */
  get open(): OpenBlock | undefined {
    return this.#open;
  }

  start(block: OpenBlock): void {
    this.#open = block;
    this.#parts = [];
    this.#bytes = 0;
  }

  /** @throws {ConnectionError} ENHANCE_YOUR_CALM beyond the limits */
  add(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes > MAX_BLOCK_BYTES || this.#parts.length >= MAX_FRAMES) {
      throw new ConnectionError(
        ErrorCode.ENHANCE_YOUR_CALM,
        `A header block has more than ${MAX_BLOCK_BYTES} bytes or ${MAX_FRAMES} frames`,
      );
    }
    // The frame's bytes belong to the reader.
    this.#parts.push(Buffer.from(part));
  }

  finish(): Buffer {
    const block = Buffer.concat(this.#parts);
    this.#open = undefined;
    this.#parts = [];
    return block;
  }
}
