import type { Workspace } from './workspaces.ts';

/** The part of a workspace that its level follows from. */
export type ImportingWorkspace = Pick<Workspace, 'name' | 'folder' | 'dependencies'>;

/** A workspace and its level. */
export interface WorkspaceLevel {
  readonly folder: string;
  /** 0: it imports no other workspace; else one more than the highest level that it imports. */
  readonly level: number;
}

/** Thrown when workspaces import each other in a circle. */
export class WorkspaceCircleError extends Error {
  override readonly name = 'WorkspaceCircleError';
  /** Folders of the circle's workspaces, each imported by the one before it. */
  readonly circle: readonly string[];

  constructor(circle: readonly string[]) {
    super(
      `Workspaces import each other in a circle: ${[...circle, circle[0]].join(' -> ')}. Move what both need into a workspace below them`,
    );
    this.circle = circle;
  }
}

/**
 * Finds the level of each workspace, over its dependencies and devDependencies.
 * @returns the lowest first, by folder within a level
 * @throws {WorkspaceCircleError} naming the first circle found
 */
export function workspaceLevels(workspaces: readonly ImportingWorkspace[]): WorkspaceLevel[] {
  const byName = new Map(workspaces.map((workspace) => [workspace.name, workspace]));
  const levels = new Map<string, number>();

  const levelOf = (workspace: ImportingWorkspace, path: readonly string[]): number => {
    const known = levels.get(workspace.folder);
    if (known !== undefined) return known;
    const seenAt = path.indexOf(workspace.folder);
    if (seenAt !== -1) throw new WorkspaceCircleError(path.slice(seenAt));
    const imported = workspace.dependencies.flatMap((name) => byName.get(name) ?? []);
    const below = imported.map((other) => levelOf(other, [...path, workspace.folder]));
    const level = 1 + Math.max(-1, ...below);
    levels.set(workspace.folder, level);
    return level;
  };

  return workspaces
    .map((workspace) => ({ folder: workspace.folder, level: levelOf(workspace, []) }))
    .toSorted((one, other) => one.level - other.level || one.folder.localeCompare(other.folder));
}
