import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Calls to make. */
export interface Load {
  readonly port: number;
  /** Such as `/google.cloud.tasks.v2.CloudTasks/CreateTask`. */
  readonly path: string;
  /** Encoded requests, one for each call. */
  readonly requests: readonly Uint8Array[];
  /** Calls under way at once. */
  readonly width: number;
}

/** The outcome of a load. */
export interface LoadResult {
  /** When the first call was sent, on the clock of `performance`. */
  readonly startMs: number;
  readonly seconds: number;
  /** Calls that were answered without a message, so with a failure. */
  readonly failed: number;
  /** Time of each call, in order of size. */
  readonly latenciesMs: Float64Array;
}

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const FRAME_HEADER_BYTES = 9;
const DATA = 0;
const HEADERS = 1;
const RST_STREAM = 3;
const SETTINGS = 4;
const PING = 6;
const GOAWAY = 7;
const WINDOW_UPDATE = 8;
const END_STREAM = 1;
const ACK = 1;
const END_HEADERS = 4;

/**
 * Makes unary calls over one connection. A client library costs more than the server that it measures: here the frames
 * of all calls are made beforehand, and of the responses only frame headers are read.
 */
export async function generateLoad({ port, path, requests, width }: Load): Promise<LoadResult> {
  const calls = framesOf(path, requests);
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  await once(socket, 'connect');
  socket.write(
    Buffer.concat([
      PREFACE,
      // Windows that no response fills.
      frame(SETTINGS, 0, 0, Buffer.from('00047fffffff', 'hex')),
      frame(WINDOW_UPDATE, 0, 0, Buffer.from('7f000000', 'hex')),
    ]),
  );
  try {
    return await run(socket, calls, width);
  } finally {
    socket.destroy();
  }
}

function run(socket: Socket, calls: readonly Buffer[], width: number): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const sentMs = new Float64Array(calls.length);
    const latenciesMs = new Float64Array(calls.length);
    let sent = 0;
    let ended = 0;
    let withMessage = 0;
    const startMs = performance.now();
    const send = (count: number): void => {
      const frames = calls.slice(sent, sent + count);
      if (frames.length === 0) return;
      sentMs.fill(performance.now(), sent, sent + frames.length);
      sent += frames.length;
      socket.write(Buffer.concat(frames));
    };
    const readFrame = (type: number, flags: number, streamId: number, payload: Buffer): number => {
      if (type === DATA) withMessage++;
      if (type === SETTINGS && (flags & ACK) === 0) socket.write(frame(SETTINGS, ACK, 0, Buffer.alloc(0)));
      if (type === PING && (flags & ACK) === 0) socket.write(frame(PING, ACK, 0, payload));
      if (type === GOAWAY) reject(new Error(`The server ended the connection: ${payload.subarray(8)}`));
      const isEnd = type === RST_STREAM || (type === HEADERS && (flags & END_STREAM) !== 0);
      if (!isEnd) return 0;
      const call = (streamId - 1) / 2;
      latenciesMs[call] = performance.now() - (sentMs[call] ?? 0);
      return 1;
    };
    let rest: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let at = 0;
      let endedNow = 0;
      while (bytes.length - at >= FRAME_HEADER_BYTES) {
        const end = at + FRAME_HEADER_BYTES + bytes.readUIntBE(at, 3);
        if (end > bytes.length) break;
        const payload = bytes.subarray(at + FRAME_HEADER_BYTES, end);
        endedNow += readFrame(bytes[at + 3] ?? 0, bytes[at + 4] ?? 0, bytes.readUInt32BE(at + 5), payload);
        at = end;
      }
      rest = bytes.subarray(at);
      ended += endedNow;
      if (ended === calls.length) {
        const seconds = (performance.now() - startMs) / 1_000;
        resolve({ startMs, seconds, failed: calls.length - withMessage, latenciesMs: latenciesMs.sort() });
      } else send(endedNow);
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('The server closed the connection')));
    send(width);
  });
}

function framesOf(path: string, requests: readonly Uint8Array[]): Buffer[] {
  // Indexed fields of the static table, and literals without indexing (RFC 7541).
  const literal = (nameIndex: number, value: string): Buffer =>
    Buffer.concat([
      Buffer.from(nameIndex < 15 ? [nameIndex, value.length] : [0x0f, nameIndex - 15, value.length]),
      Buffer.from(value),
    ]);
  const block = Buffer.concat([
    Buffer.of(0x83, 0x86),
    literal(4, path),
    literal(1, '127.0.0.1'),
    literal(31, 'application/grpc'),
    Buffer.from('\x00\x02te\x08trailers', 'latin1'),
  ]);
  return requests.map((request, index) => {
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(request.length, 1);
    const streamId = 2 * index + 1;
    return Buffer.concat([
      frame(HEADERS, END_HEADERS, streamId, block),
      frame(DATA, END_STREAM, streamId, Buffer.concat([prefix, request])),
    ]);
  });
}

function frame(type: number, flags: number, streamId: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.alloc(FRAME_HEADER_BYTES + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(streamId, 5);
  bytes.set(payload, FRAME_HEADER_BYTES);
  return bytes;
}
