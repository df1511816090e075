import type { Socket } from 'node:net';

/** Frames beyond these are written before the turn ends. */
const FLUSH_BYTES = 64 * 1024;
/** With more than this unread by the peer, neither its frames are read nor DATA is sent. */
const MAX_UNREAD_BYTES = 1024 * 1024;

/** Collects the frames of a turn of the event loop and writes them in one go. */
export class FrameOutput {
  readonly #socket: Socket;
  #frames: Buffer[] = [];
  #bytes = 0;
  #turn: NodeJS.Immediate | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Whether the peer reads too slowly for more. */
  get isFull(): boolean {
    return this.#bytes + this.#socket.writableLength > MAX_UNREAD_BYTES;
  }

  push(frame: Buffer): void {
    this.#frames.push(frame);
    this.#bytes += frame.length;
    if (this.#bytes >= FLUSH_BYTES) this.flush();
    else this.#turn ??= setImmediate(() => this.flush());
  }

  flush(): void {
    clearImmediate(this.#turn);
    this.#turn = undefined;
    const frames = this.#frames;
    if (frames.length === 0) return;
    this.#frames = [];
    this.#bytes = 0;
    if (!this.#socket.writable) return;
    const [first] = frames;
    this.#socket.write(frames.length === 1 && first !== undefined ? first : Buffer.concat(frames));
  }
}
