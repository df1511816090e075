import { ConnectionError } from './connection-error.ts';
import { ErrorCode } from './error-code.ts';
import { DEFAULT_FRAME_BYTES, DEFAULT_WINDOW_BYTES, MAX_WINDOW_BYTES, Setting } from './frame.ts';

const SETTING_BYTES = 6;
const MAX_FRAME_BYTES = 2 ** 24 - 1;

/** The settings of the peer that matter to a server that sends frames of the default size and keeps no table. */
export class PeerSettings {
  #initialWindowBytes = DEFAULT_WINDOW_BYTES;

  get initialWindowBytes(): number {
    return this.#initialWindowBytes;
  }

  /**
   * Takes over a SETTINGS frame.
   * @returns the change of the initial window
   * @throws {ConnectionError} for a value that is not allowed
   */
  apply(payload: Buffer): number {
    if (payload.length % SETTING_BYTES !== 0) {
      throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, 'SETTINGS has an incomplete setting');
    }
    const before = this.#initialWindowBytes;
    for (let at = 0; at < payload.length; at += SETTING_BYTES) {
      this.#set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
    }
    return this.#initialWindowBytes - before;
  }

  #set(id: number, value: number): void {
    if (id === Setting.INITIAL_WINDOW_SIZE) {
      if (value > MAX_WINDOW_BYTES) {
        throw new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, `The initial window ${value} is too large`);
      }
      this.#initialWindowBytes = value;
    } else if (id === Setting.ENABLE_PUSH && value > 1) {
      throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, `ENABLE_PUSH must be 0 or 1, got ${value}`);
    } else if (id === Setting.MAX_FRAME_SIZE && (value < DEFAULT_FRAME_BYTES || value > MAX_FRAME_BYTES)) {
      throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, `The maximum frame size ${value} is not allowed`);
    }
  }
}
