import assert from 'node:assert/strict';
import { HUFFMAN_CODE_LENGTHS } from './huffman-code-lengths.ts';
import { huffmanDecode } from './huffman-decode.ts';

const decode = (hex: string): string => {
  const bytes = Buffer.from(hex, 'hex');
  return huffmanDecode(bytes, 0, bytes.length);
};

describe('huffmanDecode()', () => {
  // Source: RFC 7541, appendix C.6.
  for (const [hex, text] of [
    ['6402', '302'],
    ['aec3771a4b', 'private'],
    ['d07abe941054d444a8200595040b8166e082a62d1bff', 'Mon, 21 Oct 2013 20:13:21 GMT'],
    ['9d29ad171863c78f0b97c8e9ae82ae43d3', 'https://www.example.com'],
    ['', ''],
  ] as const) {
    it(`decodes "${text}"`, () => assert.equal(decode(hex), text));
  }

  it('has a code for each byte, and room for the end of the string alone', () => {
    const sum = HUFFMAN_CODE_LENGTHS.reduce((total, length) => total + 2 ** (30 - length), 0);
    assert.equal(HUFFMAN_CODE_LENGTHS.length, 256);
    assert.equal(sum, 2 ** 30 - 1);
  });

  it('decodes codes of 30 bits', () => assert.equal(decode('fffffff3ffffffdfffffffbf'), '\n\r\u0016'));
});
