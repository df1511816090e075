import assert from 'node:assert/strict';
import { encodeHeaderBlock } from './encode-header-block.ts';
import { HpackDecoder } from './hpack-decoder.ts';

describe('encodeHeaderBlock()', () => {
  it('uses the static table', () => {
    assert.deepEqual(encodeHeaderBlock([[':status', '200']]), Buffer.of(0x88));
    assert.deepEqual(encodeHeaderBlock([['content-type', 'x']]), Buffer.of(0x0f, 0x10, 1, 0x78));
  });

  it('writes what the decoder reads, long and odd values too', () => {
    const fields = [
      [':status', '200'],
      ['grpc-status', '0'],
      ['long', 'x'.repeat(20_000)],
      ['bytes', '\u0001\u00ff'],
      ['empty', ''],
    ] as const;
    const decoded = new HpackDecoder().decode(encodeHeaderBlock(fields), 65_536);
    assert.deepEqual(
      decoded?.map(({ name, value }) => [name, value]),
      fields,
    );
  });
});
