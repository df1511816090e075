import assert from 'node:assert/strict';
import { HpackDecoder } from './hpack-decoder.ts';

const MAX_LIST_BYTES = 65_536;

function fieldsOf(decoder: HpackDecoder, hex: string): string[] | undefined {
  return decoder
    .decode(Buffer.from(hex.replaceAll(' ', ''), 'hex'), MAX_LIST_BYTES)
    ?.map(({ name, value }) => `${name}: ${value}`);
}

const FIRST = [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com'];
const SECOND = [...FIRST, 'cache-control: no-cache'];
const THIRD = [
  ':method: GET',
  ':scheme: https',
  ':path: /index.html',
  ':authority: www.example.com',
  'custom-key: custom-value',
];

describe('HpackDecoder', () => {
  // Source: RFC 7541, appendix C.
  it('decodes requests without Huffman code (C.3)', () => {
    const decoder = new HpackDecoder();
    assert.deepEqual(fieldsOf(decoder, '828684410f7777772e6578616d706c652e636f6d'), FIRST);
    assert.deepEqual(fieldsOf(decoder, '828684be58086e6f2d6361636865'), SECOND);
    assert.deepEqual(fieldsOf(decoder, '828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565'), THIRD);
  });

  it('decodes requests with Huffman code (C.4)', () => {
    const decoder = new HpackDecoder();
    assert.deepEqual(fieldsOf(decoder, '828684418cf1e3c2e5f23a6ba0ab90f4ff'), FIRST);
    assert.deepEqual(fieldsOf(decoder, '828684be5886a8eb10649cbf'), SECOND);
    assert.deepEqual(fieldsOf(decoder, '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf'), THIRD);
  });

  it('decodes fields that are never indexed, and adds none (C.2)', () => {
    const decoder = new HpackDecoder();
    assert.deepEqual(fieldsOf(decoder, '100870617373776f726406736563726574'), ['password: secret']);
    assert.throws(() => fieldsOf(decoder, 'be'), /no field of index 62/);
  });

  it('evicts the oldest entries when the table is full or shrinks', () => {
    const decoder = new HpackDecoder();
    // Two entries of 36 bytes; then the table takes one.
    assert.deepEqual(fieldsOf(decoder, '4001610333333340016203343434'), ['a: 333', 'b: 444']);
    assert.deepEqual(fieldsOf(decoder, '3f05 be'), ['b: 444']);
    assert.throws(() => fieldsOf(decoder, 'bf'), /no field of index 63/);
  });

  it('drops an entry that is larger than the table, and the others with it', () => {
    const decoder = new HpackDecoder();
    const value = '61'.repeat(4096);
    fieldsOf(decoder, '40016103333333');
    assert.equal(fieldsOf(decoder, `400162 7f811f ${value}`)?.length, 1);
    assert.throws(() => fieldsOf(decoder, 'be'), /no field of index 62/);
  });

  it('returns no list beyond the limit, but keeps its table', () => {
    const decoder = new HpackDecoder();
    assert.equal(decoder.decode(Buffer.from('400161033333338282', 'hex'), 40), undefined);
    assert.deepEqual(fieldsOf(decoder, 'be'), ['a: 333']);
  });

  it('counts indexed fields against the limit: a small block can name a large field often', () => {
    const decoder = new HpackDecoder();
    fieldsOf(decoder, `400161 7fa11e ${'61'.repeat(4000)}`);
    assert.equal(decoder.decode(Buffer.alloc(16_000, 0xbe), MAX_LIST_BYTES), undefined);
  });

  for (const [name, hex] of [
    ['index 0', '80'],
    ['an index that does not exist', 'ff00'],
    ['an integer without an end', 'ffffffff'],
    ['an integer that is too large', 'ffffffffffffffffff7f'],
    ['a string beyond the end', '0001610561'],
    ['a name without a value', '000161'],
    ['a table that is larger than allowed', '3fe21f'],
    ['a size update after a field', '8220'],
    ['padding that is too long', '0001618287ff'],
    ['padding of zeros', '0001618118'],
    ['the end-of-string code', '00016184ffffffff'],
  ] as const) {
    it(`refuses ${name}`, () => {
      assert.throws(() => fieldsOf(new HpackDecoder(), hex), { name: 'HpackError' });
    });
  }
});
