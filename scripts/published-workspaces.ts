import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { listWorkspaces, type Workspace } from './workspaces.ts';

/** Lists the workspaces that are built for publishing: a `tsconfig.build.json` says so. */
export function publishedWorkspaces(rootDir: string): Workspace[] {
  return listWorkspaces(rootDir).filter(({ folder }) =>
    existsSync(join(rootDir, folder, 'tsconfig.build.json')),
  );
}
