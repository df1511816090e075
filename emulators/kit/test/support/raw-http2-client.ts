import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Flag, FRAME_HEADER_BYTES, FrameType } from '../../src/http2/frame.ts';
import { frame, headerFrames, settingsFrame } from '../../src/http2/frame-writer.ts';
import { encodeHeaderBlock } from '../../src/http2/hpack/encode-header-block.ts';
import { HpackDecoder } from '../../src/http2/hpack/hpack-decoder.ts';

export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const NAMES = Object.fromEntries(Object.entries(FrameType).map(([name, type]) => [type, name]));

/** A frame as tests look at it. */
export interface SeenFrame {
  readonly type: string;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
  /** Of HEADERS. */
  readonly fields?: Record<string, string>;
}

/** An HTTP/2 client that sends any bytes. */
export interface RawHttp2Client {
  readonly socket: Socket;
  send(...frames: Buffer[]): void;
  /** The next frame that `wanted` takes; others are dropped. Undefined at the end of the connection. */
  next(wanted: (seen: SeenFrame) => boolean): Promise<SeenFrame | undefined>;
  close(): void;
}

/** Connects, and sends the preface and SETTINGS, or `first` instead. */
export async function connectRaw(
  port: number,
  settings: readonly (readonly [number, number])[] = [],
  first = Buffer.concat([PREFACE, settingsFrame(settings)]),
): Promise<RawHttp2Client> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const frames = readFrames(socket);
  socket.on('error', () => {});
  socket.write(first);
  return {
    socket,
    send: (...sent) => socket.write(Buffer.concat(sent)),
    async next(wanted) {
      for (;;) {
        const { value, done } = await frames.next();
        if (done) return undefined;
        if (wanted(value)) return value;
      }
    },
    close: () => socket.destroy(),
  };
}

/** Whether a frame ends a stream's response. */
export const endsStream =
  (streamId: number) =>
  (seen: SeenFrame): boolean =>
    seen.streamId === streamId &&
    (seen.type === 'RST_STREAM' || (seen.type === 'HEADERS' && (seen.flags & Flag.END_STREAM) !== 0));

/** The HEADERS of a gRPC call. */
export function callHeaders(
  streamId: number,
  path: string,
  more: readonly (readonly [string, string])[] = [],
): Buffer {
  const block = encodeHeaderBlock([
    [':method', 'POST'],
    [':scheme', 'http'],
    [':path', path],
    [':authority', '127.0.0.1'],
    ['content-type', 'application/grpc'],
    ['te', 'trailers'],
    ...more,
  ]);
  return headerFrames(streamId, block, false);
}

/** DATA with one message. */
export function callMessage(
  streamId: number,
  text: string,
  options: { end?: boolean; flag?: number } = {},
): Buffer {
  const body = Buffer.from(text);
  const prefix = Buffer.alloc(5);
  prefix[0] = options.flag ?? 0;
  prefix.writeUInt32BE(body.length, 1);
  return frame(
    FrameType.DATA,
    options.end === false ? 0 : Flag.END_STREAM,
    streamId,
    Buffer.concat([prefix, body]),
  );
}

async function* readFrames(socket: Socket): AsyncGenerator<SeenFrame, undefined> {
  const hpack = new HpackDecoder();
  let bytes = Buffer.alloc(0);
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      bytes = Buffer.concat([bytes, chunk]);
      while (bytes.length >= FRAME_HEADER_BYTES) {
        const end = FRAME_HEADER_BYTES + bytes.readUIntBE(0, 3);
        if (bytes.length < end) break;
        yield seenFrame(bytes.subarray(0, end), hpack);
        bytes = bytes.subarray(end);
      }
    }
  } catch {
    // A connection that is cut ends like one that is closed.
  }
  return undefined;
}

function seenFrame(bytes: Buffer, hpack: HpackDecoder): SeenFrame {
  const type = bytes[3] ?? 0;
  const payload = bytes.subarray(FRAME_HEADER_BYTES);
  return {
    type: NAMES[type] ?? String(type),
    flags: bytes[4] ?? 0,
    streamId: bytes.readUInt32BE(5) & 0x7fffffff,
    payload,
    ...(type === FrameType.HEADERS && {
      fields: Object.fromEntries(
        hpack.decode(payload, 65_536)?.map(({ name, value }) => [name, value]) ?? [],
      ),
    }),
  };
}
