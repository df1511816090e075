import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const rootDir = join(import.meta.dirname, '../../../..');
const read = (path: string): string => readFileSync(join(rootDir, path), 'utf8');

describe('docs/testing-handlers.md', () => {
  const unindented = (text: string): string => text.replace(/^ +/gm, '');
  const example = ['sync-points.ts', 'sync-points.test.ts']
    .map((name) => unindented(read(`tools/task-testing/test/example/${name}`)))
    .join('\n');
  const blocks = [...read('docs/testing-handlers.md').matchAll(/^```ts\n(.*?)^```$/gms)];

  it('shows code', () => assert.ok(blocks.length >= 4, `found ${blocks.length}`));

  for (const [, block = ''] of blocks) {
    it(`shows the example as it runs: ${block.split('\n', 1)[0]}`, () => {
      assert.ok(example.includes(unindented(block)), `not in the example:\n${block}`);
    });
  }
});
