// Part of `npm run check`: prints each workspace's level, and fails when one breaks a rule of the repository:
// - production dependencies go down, as biome.json says for imports;
// - a workspace of apps/, packages/ or emulators/ has such a rule;
// - a workspace has mocha tests. Benchmarks have none.
import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readImportRules } from './import-rules.ts';
import { workspaceLevels } from './workspace-levels.ts';
import { listWorkspaces } from './workspaces.ts';

const UNTESTED = ['bench'];

const rootDir = dirname(dirname(fileURLToPath(import.meta.url)));
const workspaces = listWorkspaces(rootDir);
const names = new Set(workspaces.map(({ name }) => name));
const allowedImports = readImportRules(rootDir);
const levels = workspaceLevels(workspaces, ({ dependencies }) => Object.keys(dependencies));

const problems: string[] = [];
const rows: { level: number; line: string }[] = [];
for (const { name, folder, scripts, dependencies } of workspaces) {
  const allowed = allowedImports(folder);
  const imported = Object.keys(dependencies).filter((dependency) => names.has(dependency));
  if (allowed === undefined)
    problems.push(
      `${folder}: biome.json has no noRestrictedImports override for it. Say which workspaces it may import`,
    );
  else if (allowed !== 'any')
    for (const dependency of imported.filter((each) => !allowed.has(each)))
      problems.push(
        `${folder}: depends on ${dependency}, which biome.json does not allow. Move it to devDependencies if only tests use it`,
      );
  if (!UNTESTED.includes(folder)) {
    if (!scripts['test']?.includes('mocha')) problems.push(`${folder}: has no "test" script that runs mocha`);
    const tests = globSync('{src,test}/**/*.test.ts', { cwd: join(rootDir, folder) });
    if (tests.length === 0) problems.push(`${folder}: has no test. Add one under src/ or test/`);
  }
  const level = levels.get(name) ?? 0;
  const below = imported.map((dependency) => dependency.replace('@waybill/', '')).sort();
  rows.push({ level, line: `${String(level).padEnd(7)}${folder.padEnd(26)}${below.join(', ')}`.trimEnd() });
}
process.stdout.write(
  'level  workspace                 imports in production (level 0 imports no other workspace)\n',
);
for (const { line } of rows.sort((a, b) => a.level - b.level)) process.stdout.write(`${line}\n`);
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
