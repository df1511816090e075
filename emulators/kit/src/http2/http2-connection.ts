import type { Socket } from 'node:net';
import { ConnectionError } from './connection-error.ts';
import { ErrorCode } from './error-code.ts';
import { FloodGuard } from './flood-guard.ts';
import { DEFAULT_WINDOW_BYTES, Flag, type Frame, FrameType, MAX_WINDOW_BYTES, Setting } from './frame.ts';
import { FrameOutput } from './frame-output.ts';
import { FrameReader } from './frame-reader.ts';
import { frame, goAwayFrame, numberFrame, settingsFrame } from './frame-writer.ts';
import { HeaderBlockReader } from './header-block-reader.ts';
import { encodeHeaderBlock } from './hpack/encode-header-block.ts';
import type { HeaderField } from './hpack/header-field.ts';
import { HpackDecoder } from './hpack/hpack-decoder.ts';
import { HpackError } from './hpack/hpack-error.ts';
import {
  Http2Stream,
  STREAM_WINDOW_BYTES,
  type StreamHandler,
  type StreamTransport,
} from './http2-stream.ts';
import { readPadded } from './padding.ts';
import { PeerSettings } from './peer-settings.ts';
import { RecentStreams } from './recent-streams.ts';
import { areTrailers, type RequestHead, readRequestHead } from './request-head.ts';

/** Limits of a connection, and the time it measures them with. */
export interface Http2Limits {
  readonly maxConcurrentStreams: number;
  readonly maxHeaderListBytes: number;
  /** Time for the first settings, and for a header block of several frames. */
  readonly headersMs: number;
  readonly nowMs: () => number;
}

/** Starts the handling of a request. */
export type RequestListener = (stream: Http2Stream, head: RequestHead) => StreamHandler;

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const CONNECTION_WINDOW_BYTES = 1024 * 1024;
/** Time for the peer to read a GOAWAY before its connection is cut. */
const GOODBYE_MS = 1_000;
/** Budgets of the floods: frames that bring no call on, and streams that are reset. */
const CONTROL_FRAMES = { capacity: 10_000, perSecond: 1_000 };
const MIN_RESETS = 1_000;
const RESETS_PER_SECOND = 200;
const EARNED_BY_DATA = 2;
const HEADERS_TOO_LARGE = encodeHeaderBlock([
  [':status', '431'],
  ['content-type', 'application/grpc'],
  ['grpc-status', '8'],
  ['grpc-message', 'The request headers are too large'],
]);

/** The server's side of an HTTP/2 connection (RFC 9113) that a client opened with prior knowledge. */
export class Http2Connection implements StreamTransport {
  readonly #socket: Socket;
  readonly #limits: Http2Limits;
  readonly #onRequest: RequestListener;
  readonly #output: FrameOutput;
  readonly #reader = new FrameReader((received) => this.#receive(received));
  readonly #hpack = new HpackDecoder();
  readonly #block = new HeaderBlockReader();
  readonly #peer = new PeerSettings();
  readonly #streams = new Map<number, Http2Stream>();
  readonly #recent = new RecentStreams();
  readonly #controlFrames: FloodGuard;
  readonly #resets: FloodGuard;
  readonly #blocked = new Set<Http2Stream>();
  #prefaceSeen = 0;
  #settingsSeen = false;
  #lastStreamId = 0;
  #sendWindow = DEFAULT_WINDOW_BYTES;
  #receiveWindow = CONNECTION_WINDOW_BYTES;
  #isDraining = false;
  #isEnding = false;
  #overdue: NodeJS.Timeout | undefined;
  #silentChecks = 0;

  constructor(socket: Socket, limits: Http2Limits, onRequest: RequestListener) {
    const { nowMs, maxConcurrentStreams } = limits;
    this.#socket = socket;
    this.#limits = limits;
    this.#onRequest = onRequest;
    this.#output = new FrameOutput(socket);
    this.#controlFrames = new FloodGuard({ ...CONTROL_FRAMES, nowMs });
    const capacity = Math.max(MIN_RESETS, 2 * maxConcurrentStreams);
    this.#resets = new FloodGuard({ capacity, perSecond: RESETS_PER_SECOND, nowMs });
    this.#output.push(
      settingsFrame([
        [Setting.MAX_CONCURRENT_STREAMS, maxConcurrentStreams],
        [Setting.INITIAL_WINDOW_SIZE, STREAM_WINDOW_BYTES],
        [Setting.MAX_HEADER_LIST_SIZE, limits.maxHeaderListBytes],
      ]),
    );
    this.#output.push(
      numberFrame(FrameType.WINDOW_UPDATE, 0, CONNECTION_WINDOW_BYTES - DEFAULT_WINDOW_BYTES),
    );
    this.#startOverdueTimer();
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('drain', () => this.#resume());
    socket.on('end', () => this.#end());
    socket.on('close', () => this.#release());
  }

  /** Tells the client to open no more streams. The connection closes with its last stream. */
  drain(): void {
    if (this.#isDraining || this.#isEnding) return;
    this.#isDraining = true;
    this.#output.push(goAwayFrame(this.#lastStreamId, ErrorCode.NO_ERROR, 'The server shuts down'));
    this.#endIfDrained();
  }

  /** Pings a silent peer, and cuts one that was silent since the last ping. To be called at an interval. */
  checkAlive(): void {
    this.#silentChecks++;
    if (this.#silentChecks > 2) this.#socket.destroy();
    else if (this.#silentChecks === 2) this.#output.push(frame(FrameType.PING, 0, 0, Buffer.alloc(8)));
  }

  // For streams.

  get sendableBytes(): number {
    return this.#output.isFull ? 0 : this.#sendWindow;
  }

  push(bytes: Buffer): void {
    this.#output.push(bytes);
  }

  sent(bytes: number): void {
    this.#sendWindow -= bytes;
    if (bytes > 0) this.#controlFrames.earn(EARNED_BY_DATA);
  }

  blocked(stream: Http2Stream): void {
    this.#blocked.add(stream);
  }

  closed(stream: Http2Stream, resetHere: boolean): void {
    this.#streams.delete(stream.id);
    this.#blocked.delete(stream);
    this.#recent.add(stream.id, resetHere ? 'reset-here' : 'ended');
    this.#endIfDrained();
  }

  #read(chunk: Buffer): void {
    this.#silentChecks = 0;
    if (this.#isEnding) return;
    try {
      this.#reader.read(this.#prefaceSeen < PREFACE.length ? this.#readPreface(chunk) : chunk);
    } catch (error) {
      this.#fail(error);
    }
    // The peer's frames call for replies: one that does not read them is not read either.
    if (this.#output.isFull) this.#socket.pause();
  }

  #readPreface(chunk: Buffer): Buffer {
    const length = Math.min(chunk.length, PREFACE.length - this.#prefaceSeen);
    const expected = PREFACE.subarray(this.#prefaceSeen, this.#prefaceSeen + length);
    if (!chunk.subarray(0, length).equals(expected)) {
      throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'The connection preface is wrong');
    }
    this.#prefaceSeen += length;
    return chunk.subarray(length);
  }

  #fail(error: unknown): void {
    const fault =
      error instanceof ConnectionError
        ? error
        : new ConnectionError(
            error instanceof HpackError ? ErrorCode.COMPRESSION_ERROR : ErrorCode.INTERNAL_ERROR,
            String(error),
          );
    this.#output.push(goAwayFrame(this.#lastStreamId, fault.code, fault.message));
    this.#end();
  }

  /** Lets the peer read what was sent, then cuts the connection. */
  #end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#output.flush();
    this.#socket.end();
    this.#socket.resume();
    clearTimeout(this.#overdue);
    this.#overdue = setTimeout(() => this.#socket.destroy(), GOODBYE_MS);
    for (const stream of [...this.#streams.values()]) stream.abandon();
  }

  #endIfDrained(): void {
    if (this.#isDraining && this.#streams.size === 0) this.#end();
  }

  #release(): void {
    this.#isEnding = true;
    clearTimeout(this.#overdue);
    for (const stream of [...this.#streams.values()]) stream.abandon();
  }

  #resume(): void {
    this.#socket.resume();
    this.#sendBlocked();
  }

  /** Streams take turns, a frame each, so that a large response does not hold up the others. */
  #sendBlocked(): void {
    let waiting = [...this.#blocked];
    this.#blocked.clear();
    while (waiting.length > 0) waiting = waiting.filter((stream) => !stream.isClosed && stream.sendOne());
  }

  #startOverdueTimer(): void {
    clearTimeout(this.#overdue);
    this.#overdue = setTimeout(() => this.#socket.destroy(), this.#limits.headersMs);
  }

  #receive(received: Frame): void {
    if (this.#isEnding) return;
    const { type, streamId } = received;
    if (!this.#settingsSeen && type !== FrameType.SETTINGS) {
      throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'The first frame must be SETTINGS');
    }
    const { open } = this.#block;
    if (open !== undefined && (type !== FrameType.CONTINUATION || streamId !== open.streamId)) {
      throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'A header block is interrupted');
    }
    switch (type) {
      case FrameType.DATA:
        this.#receiveData(received);
        break;
      case FrameType.HEADERS:
        this.#receiveHeaders(received);
        break;
      case FrameType.CONTINUATION:
        this.#receiveContinuation(received);
        break;
      case FrameType.WINDOW_UPDATE:
        this.#receiveWindowUpdate(received);
        break;
      case FrameType.RST_STREAM:
        this.#receiveReset(received);
        break;
      case FrameType.SETTINGS:
        this.#receiveSettings(received);
        break;
      case FrameType.PING:
        this.#receivePing(received);
        break;
      case FrameType.PRIORITY:
        this.#receivePriority(received);
        break;
      case FrameType.GOAWAY:
        expect(streamId === 0, ErrorCode.PROTOCOL_ERROR, 'GOAWAY names a stream');
        this.#spend(1);
        break;
      case FrameType.PUSH_PROMISE:
        throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'A client must not send PUSH_PROMISE');
      default:
        this.#spend(1);
    }
  }

  #spend(cost: number): void {
    if (!this.#controlFrames.spend(cost)) {
      throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, 'Too many frames that bring no call on');
    }
  }

  #spendReset(): void {
    if (!this.#resets.spend(1)) {
      throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, 'Too many streams were reset');
    }
  }

  #streamError(stream: Http2Stream, code: ErrorCode): void {
    this.#spendReset();
    stream.reset(code);
  }

  #receiveData({ streamId, flags, payload }: Frame): void {
    expect(streamId !== 0, ErrorCode.PROTOCOL_ERROR, 'DATA names no stream');
    this.#receiveWindow -= payload.length;
    expect(this.#receiveWindow >= 0, ErrorCode.FLOW_CONTROL_ERROR, 'DATA exceeds the connection window');
    if (this.#receiveWindow < CONNECTION_WINDOW_BYTES / 2) {
      const increment = CONNECTION_WINDOW_BYTES - this.#receiveWindow;
      this.#output.push(numberFrame(FrameType.WINDOW_UPDATE, 0, increment));
      this.#receiveWindow = CONNECTION_WINDOW_BYTES;
    }
    const bytes = readPadded(flags, payload);
    const endStream = (flags & Flag.END_STREAM) !== 0;
    if (bytes.length === 0 && !endStream) this.#spend(1);
    else this.#controlFrames.earn(EARNED_BY_DATA);
    const stream = this.#streams.get(streamId);
    if (stream === undefined) {
      this.#refuseClosed(streamId, 'DATA');
      return;
    }
    const fault = stream.receiveData(bytes, payload.length, endStream);
    if (fault !== undefined) this.#streamError(stream, fault);
  }

  #receiveHeaders({ streamId, flags, payload }: Frame): void {
    expect(streamId % 2 === 1, ErrorCode.PROTOCOL_ERROR, 'HEADERS names a stream that a client cannot open');
    let fragment = readPadded(flags, payload);
    let dependsOnItself = false;
    if (flags & Flag.PRIORITY) {
      expect(fragment.length >= 5, ErrorCode.FRAME_SIZE_ERROR, 'HEADERS is too short');
      dependsOnItself = (fragment.readUInt32BE(0) & 0x7fffffff) === streamId;
      fragment = fragment.subarray(5);
    }
    const block = { streamId, endStream: (flags & Flag.END_STREAM) !== 0, dependsOnItself };
    if (flags & Flag.END_HEADERS) {
      this.#takeHeaders(block, fragment);
      return;
    }
    this.#block.start(block);
    this.#block.add(fragment);
    this.#startOverdueTimer();
  }

  #receiveContinuation({ flags, payload }: Frame): void {
    const { open } = this.#block;
    if (open === undefined) {
      throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'CONTINUATION follows no header block');
    }
    this.#spend(1);
    this.#block.add(payload);
    if ((flags & Flag.END_HEADERS) === 0) return;
    clearTimeout(this.#overdue);
    this.#takeHeaders(open, this.#block.finish());
  }

  #takeHeaders(
    {
      streamId,
      endStream,
      dependsOnItself,
    }: { streamId: number; endStream: boolean; dependsOnItself: boolean },
    block: Buffer,
  ): void {
    // Decoded whatever becomes of the stream: the table is the connection's.
    const fields = this.#hpack.decode(block, this.#limits.maxHeaderListBytes);
    const stream = this.#streams.get(streamId);
    if (stream !== undefined) {
      this.#takeTrailers(stream, fields, endStream);
    } else if (streamId <= this.#lastStreamId) {
      this.#refuseClosed(streamId, 'HEADERS');
    } else if (!this.#isDraining) {
      this.#lastStreamId = streamId;
      this.#openStream({ streamId, endStream, dependsOnItself, fields });
    }
  }

  #takeTrailers(stream: Http2Stream, fields: readonly HeaderField[] | undefined, endStream: boolean): void {
    if (stream.remoteEnded) {
      this.#streamError(stream, ErrorCode.STREAM_CLOSED);
      return;
    }
    if (!endStream || fields === undefined || !areTrailers(fields)) {
      this.#streamError(stream, ErrorCode.PROTOCOL_ERROR);
      return;
    }
    const fault = stream.receiveEnd();
    if (fault !== undefined) this.#streamError(stream, fault);
  }

  #openStream(options: {
    streamId: number;
    endStream: boolean;
    dependsOnItself: boolean;
    fields: readonly HeaderField[] | undefined;
  }): void {
    const { streamId, endStream, fields, dependsOnItself } = options;
    const head = fields === undefined ? undefined : readRequestHead(fields);
    const stream = new Http2Stream({
      id: streamId,
      transport: this,
      sendWindow: this.#peer.initialWindowBytes,
      contentLength: head?.contentLength,
    });
    if (this.#streams.size >= this.#limits.maxConcurrentStreams) {
      this.#streamError(stream, ErrorCode.REFUSED_STREAM);
      return;
    }
    this.#streams.set(streamId, stream);
    if (fields === undefined) {
      this.#spendReset();
      stream.sendHeadersOnly(HEADERS_TOO_LARGE);
      return;
    }
    if (head === undefined || dependsOnItself) {
      this.#streamError(stream, ErrorCode.PROTOCOL_ERROR);
      return;
    }
    stream.handler = this.#onRequest(stream, head);
    if (!endStream || stream.isClosed) return;
    const fault = stream.receiveEnd();
    if (fault !== undefined) this.#streamError(stream, fault);
  }

  /** Refuses a frame for a stream that is not open, unless its sender cannot know that yet. */
  #refuseClosed(streamId: number, type: string): void {
    const isIdle = streamId > this.#lastStreamId;
    // Streams beyond a GOAWAY are ignored.
    if (isIdle && this.#isDraining) return;
    const end = isIdle ? undefined : this.#recent.endOf(streamId);
    if (end === 'reset-here') {
      this.#spend(1);
      return;
    }
    throw new ConnectionError(
      end === 'ended' ? ErrorCode.STREAM_CLOSED : ErrorCode.PROTOCOL_ERROR,
      `${type} comes for stream ${streamId}, which is ${isIdle ? 'not open' : 'closed'}`,
    );
  }

  #receiveWindowUpdate({ streamId, payload }: Frame): void {
    expect(payload.length === 4, ErrorCode.FRAME_SIZE_ERROR, 'WINDOW_UPDATE must have 4 bytes');
    this.#spend(1);
    const bytes = payload.readUInt32BE(0) & 0x7fffffff;
    if (streamId === 0) {
      expect(bytes > 0, ErrorCode.PROTOCOL_ERROR, 'WINDOW_UPDATE adds nothing');
      this.#sendWindow += bytes;
      expect(
        this.#sendWindow <= MAX_WINDOW_BYTES,
        ErrorCode.FLOW_CONTROL_ERROR,
        'The connection window is too large',
      );
      this.#sendBlocked();
      return;
    }
    this.#expectNotIdle(streamId, 'WINDOW_UPDATE');
    const stream = this.#streams.get(streamId);
    const fault = stream?.addWindow(bytes);
    if (stream !== undefined && fault !== undefined) this.#streamError(stream, fault);
  }

  #receiveReset({ streamId, payload }: Frame): void {
    expect(payload.length === 4, ErrorCode.FRAME_SIZE_ERROR, 'RST_STREAM must have 4 bytes');
    expect(streamId !== 0, ErrorCode.PROTOCOL_ERROR, 'RST_STREAM names no stream');
    this.#expectNotIdle(streamId, 'RST_STREAM');
    const stream = this.#streams.get(streamId);
    if (stream === undefined) {
      this.#spend(1);
      return;
    }
    stream.abandon();
    this.#spendReset();
  }

  #expectNotIdle(streamId: number, type: string): void {
    const isKnown = streamId % 2 === 1 && (streamId <= this.#lastStreamId || this.#isDraining);
    expect(isKnown, ErrorCode.PROTOCOL_ERROR, `${type} comes for an idle stream`);
  }

  #receiveSettings({ streamId, flags, payload }: Frame): void {
    expect(streamId === 0, ErrorCode.PROTOCOL_ERROR, 'SETTINGS names a stream');
    if (flags & Flag.ACK) {
      expect(payload.length === 0, ErrorCode.FRAME_SIZE_ERROR, 'An acknowledgement must be empty');
      this.#spend(1);
      return;
    }
    this.#spend(10 + payload.length / 6);
    const change = this.#peer.apply(payload);
    if (!this.#settingsSeen) {
      this.#settingsSeen = true;
      clearTimeout(this.#overdue);
    }
    this.#output.push(frame(FrameType.SETTINGS, Flag.ACK, 0, Buffer.alloc(0)));
    if (change === 0) return;
    for (const stream of this.#streams.values()) {
      stream.addInitialWindow(change);
      this.#blocked.add(stream);
    }
    this.#sendBlocked();
  }

  #receivePing({ streamId, flags, payload }: Frame): void {
    expect(streamId === 0, ErrorCode.PROTOCOL_ERROR, 'PING names a stream');
    expect(payload.length === 8, ErrorCode.FRAME_SIZE_ERROR, 'PING must have 8 bytes');
    this.#spend(1);
    if ((flags & Flag.ACK) === 0) this.#output.push(frame(FrameType.PING, Flag.ACK, 0, payload));
  }

  #receivePriority({ streamId, payload }: Frame): void {
    expect(streamId !== 0, ErrorCode.PROTOCOL_ERROR, 'PRIORITY names no stream');
    expect(payload.length === 5, ErrorCode.FRAME_SIZE_ERROR, 'PRIORITY must have 5 bytes');
    expect(
      (payload.readUInt32BE(0) & 0x7fffffff) !== streamId,
      ErrorCode.PROTOCOL_ERROR,
      'A stream depends on itself',
    );
    this.#spend(1);
  }
}

function expect(holds: boolean, code: ErrorCode, message: string): void {
  if (!holds) throw new ConnectionError(code, message);
}
