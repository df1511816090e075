import { ConnectionError } from './connection-error.ts';
import { ErrorCode } from './error-code.ts';
import { DEFAULT_FRAME_BYTES, Flag, FRAME_HEADER_BYTES, FrameType, MAX_WINDOW_BYTES } from './frame.ts';
import { frame, headerFrames, numberFrame, writeFrameHeader } from './frame-writer.ts';

/** The window of each stream for what its peer sends. */
export const STREAM_WINDOW_BYTES = 256 * 1024;
/** With more than this unsent, the writer should wait. */
const MAX_QUEUED_BYTES = 16 * 1024;

/** The receiver of a stream's events. */
export interface StreamHandler {
  /** Takes bytes of the body. They are a view that holds only until this returns; `Http2Stream.consume` is due for them. */
  onData(bytes: Buffer): void;
  onEnd(): void;
  /** The stream ended before its response did: by the peer, or by a fault. */
  onCancel(): void;
  /** The stream takes more bytes after `sendData` returned false. */
  onDrain(): void;
}

/** The part of a connection that a stream needs. */
export interface StreamTransport {
  /** How many bytes of DATA the connection takes now. */
  readonly sendableBytes: number;
  push(frame: Buffer): void;
  /** Counts DATA against the connection's window. */
  sent(bytes: number): void;
  /** The stream has bytes or trailers that wait for a window. */
  blocked(stream: Http2Stream): void;
  closed(stream: Http2Stream, resetHere: boolean): void;
}

/** One request and its response. */
export class Http2Stream {
  readonly id: number;
  readonly #transport: StreamTransport;
  #handler: StreamHandler | undefined;
  #sendWindow: number;
  #receiveWindow = STREAM_WINDOW_BYTES;
  #unacknowledged = 0;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #wantsDrain = false;
  #trailers: Buffer | undefined;
  #endsWithData = false;
  #receivedBytes = 0;
  #contentLength: number | undefined;
  #remoteEnded = false;
  #localEnded = false;
  #closed = false;

  constructor(options: {
    id: number;
    transport: StreamTransport;
    sendWindow: number;
    contentLength: number | undefined;
  }) {
    this.id = options.id;
    this.#transport = options.transport;
    this.#sendWindow = options.sendWindow;
    this.#contentLength = options.contentLength;
  }

  set handler(handler: StreamHandler) {
    this.#handler = handler;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  get remoteEnded(): boolean {
    return this.#remoteEnded;
  }

  // For the application.

  sendHeaders(block: Buffer): void {
    if (!this.#closed && !this.#localEnded) this.#transport.push(headerFrames(this.id, block, false));
  }

  /** Sends a part of the body. @returns whether more should follow at once; else `onDrain` tells */
  sendData(bytes: Buffer): boolean {
    if (this.#closed || this.#trailers !== undefined || this.#localEnded) return true;
    if (bytes.length > 0) {
      this.#queue.push(bytes);
      this.#queuedBytes += bytes.length;
      this.#sendQueued();
    }
    this.#wantsDrain = this.#queuedBytes > MAX_QUEUED_BYTES;
    return !this.#wantsDrain;
  }

  /** Sends the last part of a body that no trailers follow. */
  sendDataAndEnd(bytes: Buffer): void {
    this.#endsWithData = true;
    this.sendData(bytes);
  }

  /** Ends the response, after the queued bytes. */
  sendTrailers(block: Buffer): void {
    if (this.#closed || this.#trailers !== undefined || this.#localEnded) return;
    this.#trailers = block;
    this.#sendQueued();
  }

  /** Sends a response in one go. */
  sendWhole(headers: Buffer, body: Buffer, trailers: Buffer): void {
    const fits =
      body.length <= Math.min(DEFAULT_FRAME_BYTES, this.#sendWindow, this.#transport.sendableBytes) &&
      headers.length <= DEFAULT_FRAME_BYTES &&
      trailers.length <= DEFAULT_FRAME_BYTES;
    if (this.#closed || this.#localEnded || this.#queuedBytes > 0 || !fits) {
      this.sendHeaders(headers);
      this.sendData(body);
      this.sendTrailers(trailers);
      return;
    }
    const bytes = Buffer.allocUnsafe(3 * FRAME_HEADER_BYTES + headers.length + body.length + trailers.length);
    let at = this.#put(bytes, 0, FrameType.HEADERS, Flag.END_HEADERS, headers);
    at = this.#put(bytes, at, FrameType.DATA, 0, body);
    this.#put(bytes, at, FrameType.HEADERS, Flag.END_HEADERS | Flag.END_STREAM, trailers);
    this.#sendWindow -= body.length;
    this.#transport.sent(body.length);
    this.#transport.push(bytes);
    this.#endLocal();
  }

  /** Sends a response without a body. */
  sendHeadersOnly(block: Buffer): void {
    if (this.#closed || this.#localEnded) return;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#transport.push(headerFrames(this.id, block, true));
    this.#endLocal();
  }

  /** Gives the peer its window back for bytes that `onData` told. */
  consume(bytes: number): void {
    this.#unacknowledged += bytes;
    if (this.#closed || this.#remoteEnded || this.#unacknowledged < STREAM_WINDOW_BYTES / 2) return;
    this.#transport.push(numberFrame(FrameType.WINDOW_UPDATE, this.id, this.#unacknowledged));
    this.#receiveWindow += this.#unacknowledged;
    this.#unacknowledged = 0;
  }

  /** Ends the stream by RST_STREAM. */
  reset(code: ErrorCode): void {
    if (this.#closed) return;
    this.#transport.push(numberFrame(FrameType.RST_STREAM, this.id, code));
    this.#close(true);
  }

  // For the connection.

  /** @param windowBytes the frame's length with its padding @returns the fault of the stream, if there is one */
  receiveData(bytes: Buffer, windowBytes: number, endStream: boolean): ErrorCode | undefined {
    if (this.#remoteEnded) return ErrorCode.STREAM_CLOSED;
    this.#receiveWindow -= windowBytes;
    if (this.#receiveWindow < 0) return ErrorCode.FLOW_CONTROL_ERROR;
    this.#receivedBytes += bytes.length;
    if (this.#contentLength !== undefined && this.#receivedBytes > this.#contentLength) {
      return ErrorCode.PROTOCOL_ERROR;
    }
    if (windowBytes > bytes.length) this.consume(windowBytes - bytes.length);
    if (bytes.length > 0) this.#handler?.onData(bytes);
    return endStream && !this.#closed ? this.receiveEnd() : undefined;
  }

  /** @returns the fault of the stream, if there is one */
  receiveEnd(): ErrorCode | undefined {
    if (this.#contentLength !== undefined && this.#receivedBytes !== this.#contentLength) {
      return ErrorCode.PROTOCOL_ERROR;
    }
    this.#remoteEnded = true;
    this.#handler?.onEnd();
    if (this.#localEnded) this.#close(false);
    return undefined;
  }

  /** Closes the stream since the peer reset it, or the connection ended. */
  abandon(): void {
    this.#close(false);
  }

  /** @throws {ConnectionError} FLOW_CONTROL_ERROR where a change of the settings makes the window too large */
  addInitialWindow(change: number): void {
    this.#sendWindow += change;
    if (this.#sendWindow > MAX_WINDOW_BYTES) {
      throw new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, 'A stream window is too large');
    }
  }

  /** @returns the fault of the stream, if there is one */
  addWindow(bytes: number): ErrorCode | undefined {
    if (bytes === 0) return ErrorCode.PROTOCOL_ERROR;
    if (this.#sendWindow + bytes > MAX_WINDOW_BYTES) return ErrorCode.FLOW_CONTROL_ERROR;
    this.#sendWindow += bytes;
    this.#sendQueued();
    return undefined;
  }

  /** Sends one frame of what waits. @returns whether there is more that the stream's own window takes */
  sendOne(): boolean {
    const next = this.#queue[0];
    if (next !== undefined) {
      const length = Math.min(
        next.length,
        DEFAULT_FRAME_BYTES,
        this.#sendWindow,
        this.#transport.sendableBytes,
      );
      if (length <= 0) {
        // A stream whose own window is empty waits for a WINDOW_UPDATE of its own.
        if (this.#sendWindow > 0) this.#transport.blocked(this);
        return false;
      }
      const isLast = this.#endsWithData && length === this.#queuedBytes;
      const flags = isLast ? Flag.END_STREAM : 0;
      this.#transport.push(frame(FrameType.DATA, flags, this.id, next.subarray(0, length)));
      this.#sendWindow -= length;
      this.#transport.sent(length);
      this.#queuedBytes -= length;
      if (length === next.length) this.#queue.shift();
      else this.#queue[0] = next.subarray(length);
      if (isLast) this.#endLocal();
    }
    if (this.#queue.length > 0) return true;
    if (this.#trailers !== undefined) {
      this.#transport.push(headerFrames(this.id, this.#trailers, true));
      this.#endLocal();
    } else if (this.#wantsDrain) {
      this.#wantsDrain = false;
      this.#handler?.onDrain();
    }
    return false;
  }

  #sendQueued(): void {
    if (this.#queue.length === 0 && this.#trailers === undefined) return;
    while (this.sendOne());
  }

  #put(target: Buffer, at: number, type: number, flags: number, payload: Buffer): number {
    writeFrameHeader(target, at, { length: payload.length, type, flags, streamId: this.id });
    target.set(payload, at + FRAME_HEADER_BYTES);
    return at + FRAME_HEADER_BYTES + payload.length;
  }

  #endLocal(): void {
    this.#localEnded = true;
    this.#trailers = undefined;
    if (this.#remoteEnded) this.#close(false);
    // The response is complete: nobody needs the rest of the request (RFC 9113, section 8.1).
    else this.reset(ErrorCode.NO_ERROR);
  }

  #close(resetHere: boolean): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#queue = [];
    this.#queuedBytes = 0;
    const isCancelled = !this.#localEnded;
    this.#transport.closed(this, resetHere);
    if (isCancelled) this.#handler?.onCancel();
  }
}
