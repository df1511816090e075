import assert from 'node:assert/strict';
import { FrameType } from './frame.ts';
import { FrameReader } from './frame-reader.ts';
import { frame } from './frame-writer.ts';

/** Reads chunks. @returns the frames, with copies of their payloads */
function read(chunks: readonly Buffer[]): { type: number; flags: number; streamId: number; text: string }[] {
  const frames: ReturnType<typeof read> = [];
  const reader = new FrameReader(({ payload, ...rest }) => frames.push({ ...rest, text: String(payload) }));
  for (const chunk of chunks) reader.read(chunk);
  assert.equal(reader.isWithinFrame, false);
  return frames;
}

const TWO = Buffer.concat([
  frame(FrameType.DATA, 1, 3, Buffer.from('first')),
  frame(FrameType.PING, 0, 0, Buffer.alloc(0)),
  frame(FrameType.DATA, 0, 2 ** 31 - 1, Buffer.from('x'.repeat(16_384))),
]);
const EXPECTED = [
  { type: FrameType.DATA, flags: 1, streamId: 3, text: 'first' },
  { type: FrameType.PING, flags: 0, streamId: 0, text: '' },
  { type: FrameType.DATA, flags: 0, streamId: 2 ** 31 - 1, text: 'x'.repeat(16_384) },
];

describe('FrameReader', () => {
  it('cuts a chunk into frames', () => assert.deepEqual(read([TWO]), EXPECTED));

  for (const size of [1, 2, 8, 9, 10, 13, 14, 4096]) {
    it(`puts frames together from chunks of ${size} bytes`, () => {
      const chunks: Buffer[] = [];
      for (let at = 0; at < TWO.length; at += size) chunks.push(TWO.subarray(at, at + size));
      assert.deepEqual(read(chunks), EXPECTED);
    });
  }

  it('ignores the reserved bit of a stream id', () => {
    const bytes = frame(FrameType.PING, 0, 0, Buffer.alloc(0));
    bytes[5] = 0x80;
    assert.equal(read([bytes])[0]?.streamId, 0);
  });

  it('refuses a frame that is too long before its payload comes', () => {
    const header = Buffer.from([0, 0x40, 1, 0, 0, 0, 0, 0, 1]);
    for (const chunks of [[header], [header.subarray(0, 4), header.subarray(4)]]) {
      assert.throws(() => read(chunks), { name: 'ConnectionError', code: 6 });
    }
  });
});
