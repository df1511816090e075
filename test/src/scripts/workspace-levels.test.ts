import assert from 'node:assert/strict';
import {
  type ImportingWorkspace,
  WorkspaceCircleError,
  workspaceLevels,
} from '../../../scripts/workspace-levels.ts';

function workspace(folder: string, dependencies: readonly string[] = []): ImportingWorkspace {
  return { name: `@waybill/${folder}`, folder, dependencies: dependencies.map((name) => `@waybill/${name}`) };
}

describe('workspaceLevels()', () => {
  it('puts each workspace above the highest that it imports, the lowest first', () => {
    const workspaces = [
      workspace('app', ['runtime', 'kit']),
      workspace('runtime', ['contracts']),
      workspace('kit'),
      workspace('contracts', ['kit']),
      workspace('alone'),
    ];
    assert.deepEqual(workspaceLevels(workspaces), [
      { folder: 'alone', level: 0 },
      { folder: 'kit', level: 0 },
      { folder: 'contracts', level: 1 },
      { folder: 'runtime', level: 2 },
      { folder: 'app', level: 3 },
    ]);
  });

  it('leaves packages out that are no workspaces', () => {
    const workspaces = [{ name: '@waybill/kit', folder: 'kit', dependencies: ['koa', '@types/koa'] }];
    assert.deepEqual(workspaceLevels(workspaces), [{ folder: 'kit', level: 0 }]);
  });

  it('names the workspaces of a circle, and no other', () => {
    const workspaces = [
      workspace('app', ['runtime']),
      workspace('runtime', ['testing', 'kit']),
      workspace('kit'),
      workspace('testing', ['runtime']),
    ];
    assert.throws(
      () => workspaceLevels(workspaces),
      (error) => {
        assert.ok(error instanceof WorkspaceCircleError);
        assert.deepEqual(error.circle, ['runtime', 'testing']);
        assert.match(error.message, /runtime -> testing -> runtime\./);
        return true;
      },
    );
  });

  it('takes a workspace that imports itself for a circle', () => {
    assert.throws(() => workspaceLevels([workspace('kit', ['kit'])]), { circle: ['kit'] });
  });
});
