// `npm run check`: levels, types, lint and format of every workspace, then of the root's files. Arguments go to turbo.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quietEnvironment } from './quiet-environment.ts';
import { runCommand } from './run-command.ts';

const rootDir = dirname(dirname(fileURLToPath(import.meta.url)));
const options = { cwd: rootDir, env: quietEnvironment(process.env) };

const rootFiles = [
  'scripts',
  '.vscode',
  '.mocharc.cjs',
  'biome.json',
  'package.json',
  'tsconfig.base.json',
  'turbo.json',
];

const failed: string[] = [];
for (const [name, command, args] of [
  ['levels and tests of the workspaces', process.execPath, [join(rootDir, 'scripts/check-workspaces.ts')]],
  ['workspaces', 'turbo', ['run', 'check', '--continue=always', '--ui=stream', ...process.argv.slice(2)]],
  ['types of scripts/', 'tsc', ['-p', join(rootDir, 'scripts')]],
  ['lint and format of the root', 'biome', ['check', ...rootFiles]],
] as const) {
  if ((await runCommand(command, args, options)) !== 0) failed.push(name);
}
process.stdout.write(failed.length === 0 ? '\nEverything checked\n' : `\nFailed: ${failed.join(', ')}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
