import type { Workspace } from './workspaces.ts';

/**
 * Computes each workspace's level: 0 depends on no other workspace, n on one of level n - 1 and on none above.
 * @param dependenciesOf names of what a workspace depends on; other packages are ignored
 * @throws {Error} when workspaces depend on each other in a circle
 */
export function workspaceLevels(
  workspaces: readonly Workspace[],
  dependenciesOf: (workspace: Workspace) => readonly string[],
): ReadonlyMap<string, number> {
  const byName = new Map(workspaces.map((workspace) => [workspace.name, workspace]));
  const levels = new Map<string, number>();
  const visit = (workspace: Workspace, path: readonly string[]): number => {
    const known = levels.get(workspace.name);
    if (known !== undefined) return known;
    if (path.includes(workspace.name)) {
      const circle = [...path.slice(path.indexOf(workspace.name)), workspace.name];
      throw new Error(
        `Workspaces depend on each other in a circle: ${circle.join(' -> ')}. Remove one dependency`,
      );
    }
    const below = dependenciesOf(workspace).flatMap((name) => byName.get(name) ?? []);
    const inner = [...path, workspace.name];
    const level = Math.max(-1, ...below.map((dependency) => visit(dependency, inner))) + 1;
    levels.set(workspace.name, level);
    return level;
  };
  for (const workspace of workspaces) visit(workspace, []);
  return levels;
}
