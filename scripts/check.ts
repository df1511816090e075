// `npm run check`: types, lint and format of every workspace and of the root; then the rules for the whole repository:
// direction of imports, tests in each workspace, nothing unused, the public API. Arguments go to turbo.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quietEnvironment } from './quiet-environment.ts';
import { runCommand } from './run-command.ts';

const rootDir = dirname(dirname(fileURLToPath(import.meta.url)));
const options = { cwd: rootDir, env: quietEnvironment(process.env) };

const rootFiles = [
  '.vscode',
  '.mocharc.cjs',
  'biome.json',
  'knip.json',
  'package.json',
  'renovate.json',
  'tsconfig.base.json',
  'tsconfig.build.json',
  'turbo.json',
];

const failed: string[] = [];
for (const [name, command, args] of [
  ['workspaces', 'turbo', ['run', 'check', '--continue=always', '--ui=stream', ...process.argv.slice(2)]],
  ['lint and format of the root', 'biome', ['check', ...rootFiles]],
  ['workspaces: levels, direction, tests', process.execPath, [join(rootDir, 'scripts/check-workspaces.ts')]],
  ['imports across workspaces', 'turbo', ['boundaries']],
  ['unused files, exports, dependencies', 'knip', ['--no-progress', '--no-config-hints']],
  ['public API', process.execPath, [join(rootDir, 'scripts/api-reports.ts'), '--check']],
] as const) {
  process.stdout.write(`\n=== ${name}\n`);
  if ((await runCommand(command, args, options)) !== 0) failed.push(name);
}
process.stdout.write(failed.length === 0 ? '\nEverything checked\n' : `\nFailed: ${failed.join(', ')}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
