import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeRootFlag } from './take-root-flag.ts';

describe('takeRootFlag()', () => {
  let root: string;
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'root-'));
    mkdirSync(join(root, 'apps'));
  });
  after(() => rmSync(root, { recursive: true }));

  it('takes the folder out of the other arguments, in both forms', () => {
    const taken = { rootDir: root, rest: ['new-name', '--queue', 'emails'] };
    assert.deepEqual(takeRootFlag(['new-name', '--root', root, '--queue', 'emails'], '/own'), taken);
    assert.deepEqual(takeRootFlag(['new-name', `--root=${root}`, '--queue', 'emails'], '/own'), taken);
  });

  it('takes the default where it is not given', () => {
    assert.deepEqual(takeRootFlag(['--rooted'], '/own'), { rootDir: '/own', rest: ['--rooted'] });
  });

  it('refuses a flag that has no folder, is there twice, or names no application', () => {
    for (const args of [['--root'], ['--root='], ['--root', '--help']]) {
      assert.throws(() => takeRootFlag(args, '/own'), { message: /--root needs a folder/ });
    }
    assert.throws(() => takeRootFlag(['--root', root, '--root', root], '/own'), {
      message: 'Give --root once',
    });
    assert.throws(() => takeRootFlag(['--root', join(root, 'apps')], '/own'), {
      name: 'CommandLineError',
      message: /--root must be a folder with apps\/ in it, got/,
    });
  });
});
