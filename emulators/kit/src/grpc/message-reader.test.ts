import assert from 'node:assert/strict';
import { MessageReader } from './message-reader.ts';
import { ReceiveBudget } from './receive-budget.ts';

const MAX_BYTES = 10_000;

function message(text: string, flag = 0): Buffer {
  const bytes = Buffer.alloc(5 + text.length, text);
  bytes[0] = flag;
  bytes.writeUInt32BE(text.length, 1);
  if (text.length > 0) bytes.write(text, 5);
  return bytes;
}

describe('MessageReader', () => {
  let budget: ReceiveBudget;
  let read: string[];
  let reader: MessageReader;

  beforeEach(() => {
    budget = new ReceiveBudget(2 * MAX_BYTES);
    read = [];
    reader = new MessageReader({
      maxBytes: MAX_BYTES,
      budget,
      onMessage: ({ bytes, isCompressed }) => read.push(`${isCompressed ? 'z:' : ''}${bytes}`),
    });
  });

  const TEXTS = ['', 'a', 'x'.repeat(3_000), 'b', '', 'y'.repeat(MAX_BYTES)];

  for (const size of [1, 4, 5, 6, 1_000, 1_000_000]) {
    it(`puts messages together from chunks of ${size} bytes, and gives the memory back`, () => {
      const all = Buffer.concat(TEXTS.map((text) => message(text)));
      for (let at = 0; at < all.length; at += size) reader.read(Buffer.from(all.subarray(at, at + size)));
      assert.deepEqual(read, TEXTS);
      assert.equal(budget.usedBytes, 0);
      assert.equal(reader.isWithinMessage, false);
    });
  }

  it('keeps no view of what it is given', () => {
    const bytes = message('kept');
    const messages: Buffer[] = [];
    const keeping = new MessageReader({
      maxBytes: MAX_BYTES,
      budget,
      onMessage: (one) => messages.push(one.bytes),
    });
    keeping.read(bytes);
    bytes.fill(0);
    assert.equal(String(messages[0]), 'kept');
  });

  it('tells which messages are compressed', () => {
    reader.read(message('a', 1));
    assert.deepEqual(read, ['z:a']);
  });

  it('takes memory for what has arrived, not for what is announced', () => {
    const bytes = message('x'.repeat(MAX_BYTES));
    reader.read(bytes.subarray(0, 5));
    assert.equal(budget.usedBytes, 1_024);
    assert.equal(reader.isWithinMessage, true);
    reader.release();
    assert.equal(budget.usedBytes, 0);
  });

  it('refuses a message that is too large by its prefix', () => {
    const prefix = Buffer.from([0, 0, 0, 0x27, 0x11]);
    const expected = { code: 8, message: 'Received message larger than max (10001 vs 10000)' };
    assert.throws(() => reader.read(prefix), expected);
  });

  it('refuses to exceed the budget of the server', () => {
    assert.equal(budget.take(2 * MAX_BYTES - 1_024), true);
    const bytes = message('x'.repeat(2_000));
    reader.read(bytes.subarray(0, 900));
    assert.throws(() => reader.read(bytes.subarray(900, 1_900)), { code: 8 });
  });

  it('refuses flags that gRPC does not know', () => {
    assert.throws(() => reader.read(message('a', 2)), { code: 13 });
  });
});
