import assert from 'node:assert/strict';
import { LineSplitter } from './line-splitter.ts';

function split(chunks: (string | Buffer)[], maxLength?: number): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line), maxLength);
  for (const chunk of chunks) splitter.write(Buffer.from(chunk));
  splitter.end();
  return lines;
}

describe('LineSplitter', () => {
  it('gives whole lines, however they were cut, and the last one without an end', () => {
    assert.deepEqual(split(['a', 'b\nc\r\n', '\nd']), ['ab', 'c', '', 'd']);
    const [first, second] = [Buffer.from('ü\n').subarray(0, 1), Buffer.from('ü\n').subarray(1)];
    assert.deepEqual(split([first, second]), ['ü']);
    assert.deepEqual(split([]), []);
  });

  it('cuts a line that is too long, once, and goes on with the next', () => {
    assert.deepEqual(split(['abcd', 'ef', 'gh\nok\n', 'exact'], 5), ['abcde… (cut)', 'ok', 'exact']);
  });
});
