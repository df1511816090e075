import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rootDir } from '../support/flow-stack.ts';

describe('check-catalogue', () => {
  it('finds a handler with a test, a valid example, a queue, a history and a page for every contract', () => {
    const command = 'tools/contract-tools/src/commands/check-catalogue.ts';
    const { status, stdout } = spawnSync(process.execPath, [command], { cwd: rootDir, encoding: 'utf8' });
    assert.equal(stdout, '');
    assert.equal(status, 0);
  });
});
