import assert from 'node:assert/strict';
import { Flag, FrameType } from './frame.ts';
import { FrameReader } from './frame-reader.ts';
import { goAwayFrame, headerFrames, numberFrame, settingsFrame } from './frame-writer.ts';

describe('headerFrames()', () => {
  it('continues a block that is longer than a frame', () => {
    const block = Buffer.alloc(40_000, 7);
    const frames: { type: number; flags: number; length: number }[] = [];
    const reader = new FrameReader(({ type, flags, payload }) =>
      frames.push({ type, flags, length: payload.length }),
    );
    reader.read(headerFrames(5, block, true));
    assert.deepEqual(frames, [
      { type: FrameType.HEADERS, flags: Flag.END_STREAM, length: 16_384 },
      { type: FrameType.CONTINUATION, flags: 0, length: 16_384 },
      { type: FrameType.CONTINUATION, flags: Flag.END_HEADERS, length: 7_232 },
    ]);
  });

  it('is one frame otherwise', () => {
    assert.equal(headerFrames(1, Buffer.of(0x88), false).toString('hex'), '00000101040000000188');
  });
});

describe('numberFrame()', () => {
  it('holds four bytes', () => {
    assert.equal(numberFrame(FrameType.RST_STREAM, 1, 8).toString('hex'), '00000403000000000100000008');
  });
});

describe('settingsFrame()', () => {
  it('holds six bytes for each setting', () => {
    assert.equal(settingsFrame([[3, 100]]).toString('hex'), '000006040000000000000300000064');
  });
});

describe('goAwayFrame()', () => {
  it('tells the last stream, the code and a text', () => {
    assert.equal(goAwayFrame(7, 1, 'no').toString('hex'), '00000a07000000000000000007000000016e6f');
  });
});
