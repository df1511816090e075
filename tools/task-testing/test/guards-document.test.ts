import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { guards } from '../mutations/guards.ts';
import { mutantsOf, probedSources } from '../mutations/mutants.ts';

const rootDir = join(import.meta.dirname, '../../..');

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

  it('names conditions that stand in the source, each once', () => {
    const packageDir = join(rootDir, 'packages/task-runtime');
    const mutants = guards.flatMap((guard) => mutantsOf(packageDir, guard));
    assert.equal(new Set(mutants.map(({ source }) => source)).size, 2 * guards.length);
  });

  it('gets a probe for each guard, which leaves the source as it is otherwise', () => {
    const packageDir = join(rootDir, 'packages/task-runtime');
    const probed = probedSources(packageDir, guards);
    const probe = /\(globalThis\.reachGuard\((\d+)\), \(/g;
    const indexes = [...probed.values()].flatMap((source) =>
      [...source.matchAll(probe)].map(([, index]) => Number(index)),
    );
    assert.deepEqual(
      indexes.toSorted((a, b) => a - b),
      [...guards.keys()],
    );
    for (const [file, source] of probed) {
      const plain = readFileSync(join(packageDir, 'src', file), 'utf8');
      const added = [...source.matchAll(probe)].reduce((sum, [text]) => sum + text.length + '))'.length, 0);
      assert.equal(source.length, plain.length + added, file);
    }
  });
});
