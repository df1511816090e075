// Part of `npm run check`: prints each workspace's level, and fails for a circle between workspaces and for a workspace
// without tests.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { untestedWorkspaces } from './untested-workspaces.ts';
import { WorkspaceCircleError, workspaceLevels } from './workspace-levels.ts';
import { listWorkspaces } from './workspaces.ts';

const rootDir = dirname(dirname(fileURLToPath(import.meta.url)));
const workspaces = listWorkspaces(rootDir);
const problems = untestedWorkspaces(rootDir, workspaces);
try {
  process.stdout.write('Level  Workspaces (0 imports no other; tests count)\n');
  for (const [level, members] of Map.groupBy(workspaceLevels(workspaces), (found) => found.level)) {
    process.stdout.write(`${String(level).padStart(5)}  ${members.map(({ folder }) => folder).join('  ')}\n`);
  }
} catch (error) {
  if (!(error instanceof WorkspaceCircleError)) throw error;
  problems.unshift(error.message);
}
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
