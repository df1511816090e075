import assert from 'node:assert/strict';
import { hideSqliteWarning } from './hide-sqlite-warning.ts';

describe('hideSqliteWarning()', () => {
  it('hides that warning and passes others on', () => {
    const printed: unknown[] = [];
    const world = { emitWarning: ((...args: unknown[]) => printed.push(args)) as typeof process.emitWarning };
    hideSqliteWarning(world);
    world.emitWarning(
      'SQLite is an experimental feature and might change at any time',
      'ExperimentalWarning',
    );
    world.emitWarning('Something else', 'DeprecationWarning');
    assert.deepEqual(printed, [['Something else', 'DeprecationWarning']]);
  });
});
