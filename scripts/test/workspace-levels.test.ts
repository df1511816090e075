import assert from 'node:assert/strict';
import { workspaceLevels } from '../workspace-levels.ts';
import type { Workspace } from '../workspaces.ts';

function workspace(name: string, ...dependencies: string[]): Workspace {
  const versions = Object.fromEntries(dependencies.map((dependency) => [dependency, '0.1.0']));
  return { name, folder: name, folderName: name, scripts: {}, dependencies: versions, devDependencies: {} };
}
const dependenciesOf = ({ dependencies }: Workspace): string[] => Object.keys(dependencies);

describe('workspaceLevels()', () => {
  it('counts from the workspaces that depend on no other', () => {
    const levels = workspaceLevels(
      [
        workspace('app', 'runtime', 'koa'),
        workspace('runtime', 'kit'),
        workspace('kit'),
        workspace('test', 'app', 'kit'),
      ],
      dependenciesOf,
    );
    assert.deepEqual(Object.fromEntries(levels), { kit: 0, runtime: 1, app: 2, test: 3 });
  });

  it('names a circle', () => {
    assert.throws(
      () => workspaceLevels([workspace('a', 'b'), workspace('b', 'c'), workspace('c', 'a')], dependenciesOf),
      { message: /in a circle: a -> b -> c -> a/ },
    );
  });
});
