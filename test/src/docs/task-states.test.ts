import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootDir } from '../support/flow-stack.ts';

/** The rows of the tables of docs/task-states.md that have a column for the console, by their texts there. */
function consoleTexts(): string[] {
  const page = readFileSync(join(rootDir, 'docs/task-states.md'), 'utf8');
  const tables = [...page.matchAll(/^\| state \|.*\n\|[-|]+\n(?:\|.*\n)+/gm)].map(([table]) =>
    table.trim().split('\n'),
  );
  const rows = tables.flatMap(([, , ...lines]) => lines);
  return [...new Set(rows.map((row) => row.split('|').at(-2)?.trim() ?? ''))];
}

describe('docs/task-states.md, of the console', () => {
  const source = readFileSync(join(rootDir, 'apps/console/src/pages/task-page.ts'), 'utf8').replaceAll(
    /[“”]/g,
    '"',
  );
  const texts = consoleTexts().filter((text) => !['same', 'not shown', 'as for its own'].includes(text));

  it('tells a text in each row', () => assert.ok(texts.length > 8 && !texts.includes('')));

  for (const text of texts) {
    it(`tells the text of the task's page: ${text}`, () => {
      // What stands for a value is left out: the text before it, and after.
      const parts = text.split(/…|"declined"|1 attempt\.|attempts\./).map((part) => part.trim());
      for (const part of parts.filter((each) => each.length > 3)) {
        assert.ok(source.includes(part), `"${part}" is not on the page`);
      }
    });
  }
});
