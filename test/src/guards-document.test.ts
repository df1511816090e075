import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { guards } from '../../packages/task-runtime/mutations/guards.ts';

const rootDir = join(import.meta.dirname, '../..');

describe('docs/guards.md', () => {
  it('lists each guard that is mutated, and no other', () => {
    const rows = guards.map(
      ({ file, condition, keeps }) => `| \`${file}\` | \`${condition.replaceAll('|', '\\|')}\` | ${keeps} |`,
    );
    const listed = readFileSync(join(rootDir, 'docs/guards.md'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    assert.deepEqual(listed, rows);
  });
});
