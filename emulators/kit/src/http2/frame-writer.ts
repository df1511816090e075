import { DEFAULT_FRAME_BYTES, Flag, FRAME_HEADER_BYTES, FrameType } from './frame.ts';

/** Writes a frame's header into a buffer. */
export function writeFrameHeader(
  target: Buffer,
  at: number,
  frame: { length: number; type: number; flags: number; streamId: number },
): void {
  target.writeUIntBE(frame.length, at, 3);
  target[at + 3] = frame.type;
  target[at + 4] = frame.flags;
  target.writeUInt32BE(frame.streamId, at + 5);
}

/** Creates a frame. */
export function frame(type: number, flags: number, streamId: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payload.length);
  writeFrameHeader(bytes, 0, { length: payload.length, type, flags, streamId });
  bytes.set(payload, FRAME_HEADER_BYTES);
  return bytes;
}

/** Creates a frame whose payload is one number of four bytes: RST_STREAM, WINDOW_UPDATE. */
export function numberFrame(type: number, streamId: number, value: number): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_HEADER_BYTES + 4);
  writeFrameHeader(bytes, 0, { length: 4, type, flags: 0, streamId });
  bytes.writeUInt32BE(value, FRAME_HEADER_BYTES);
  return bytes;
}

/** Creates a SETTINGS frame. */
export function settingsFrame(settings: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.allocUnsafe(6 * settings.length);
  for (const [index, [id, value]] of settings.entries()) {
    payload.writeUInt16BE(id, 6 * index);
    payload.writeUInt32BE(value, 6 * index + 2);
  }
  return frame(FrameType.SETTINGS, 0, 0, payload);
}

/** Creates a GOAWAY frame; the text helps whoever reads a trace. */
export function goAwayFrame(lastStreamId: number, code: number, text: string): Buffer {
  const debug = Buffer.from(text);
  const payload = Buffer.allocUnsafe(8 + debug.length);
  payload.writeUInt32BE(lastStreamId, 0);
  payload.writeUInt32BE(code, 4);
  payload.set(debug, 8);
  return frame(FrameType.GOAWAY, 0, 0, payload);
}

/** Creates HEADERS, followed by CONTINUATION where the block is longer than a frame. */
export function headerFrames(streamId: number, block: Buffer, endStream: boolean): Buffer {
  const flags = endStream ? Flag.END_STREAM : 0;
  if (block.length <= DEFAULT_FRAME_BYTES) {
    return frame(FrameType.HEADERS, flags | Flag.END_HEADERS, streamId, block);
  }
  const frames = [frame(FrameType.HEADERS, flags, streamId, block.subarray(0, DEFAULT_FRAME_BYTES))];
  for (let at = DEFAULT_FRAME_BYTES; at < block.length; at += DEFAULT_FRAME_BYTES) {
    const isLast = at + DEFAULT_FRAME_BYTES >= block.length;
    const part = block.subarray(at, at + DEFAULT_FRAME_BYTES);
    frames.push(frame(FrameType.CONTINUATION, isLast ? Flag.END_HEADERS : 0, streamId, part));
  }
  return Buffer.concat(frames);
}
