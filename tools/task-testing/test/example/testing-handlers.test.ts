import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const rootDir = join(import.meta.dirname, '../../../..');
const read = (path: string): string => readFileSync(join(rootDir, path), 'utf8');
const unindented = (text: string): string => text.replace(/^ +/gm, '');

for (const [page, names, minBlocks] of [
  ['docs/testing-handlers.md', ['sync-points.ts', 'sync-points.test.ts'], 4],
  ['docs/handlers.md', ['issue-vouchers.ts', 'issue-vouchers.test.ts'], 3],
] as const) {
  describe(page, () => {
    const example = names
      .map((name) => unindented(read(`tools/task-testing/test/example/${name}`)))
      .join('\n');
    const blocks = [...read(page).matchAll(/^```ts\n(.*?)^```$/gms)];

    it('shows code', () => assert.ok(blocks.length >= minBlocks, `found ${blocks.length}`));

    for (const [, block = ''] of blocks) {
      it(`shows the example as it runs: ${block.split('\n', 1)[0]}`, () => {
        assert.ok(example.includes(unindented(block)), `not in the example:\n${block}`);
      });
    }
  });
}
