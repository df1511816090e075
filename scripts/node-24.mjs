// Runs a script, or a command of node_modules/.bin, on Node 24: `node scripts/node-24.mjs <script.ts | command> [args]`.
//
// On Linux x64 and arm64 `npm ci` brings a locked Node 24 along, and any Node from 20 on can start this. npm 11 also links
// it as node_modules/.bin/node, so that `npm run` finds it by itself; npm 10 loses that link, for it clears away the other
// platform's package after linking, and both have a command of that name. Plain JavaScript: an old Node must read it.
import { existsSync, realpathSync } from 'node:fs';
import module from 'node:module';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { runNode } from './run-node.mjs';

const MIN_MAJOR = 24;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [name, ...args] = process.argv.slice(2);
if (name === undefined) {
  process.stderr.write('Usage: node scripts/node-24.mjs <script.ts | command> [args]\n');
  process.exit(2);
}
if (!existsSync(join(root, 'node_modules'))) {
  process.stderr.write('Nothing is installed here yet: run `npm ci` first, then the command again.\n');
  process.exit(1);
}
const script = /\.[cm]?[jt]s$/.test(name)
  ? resolve(name)
  : realpathSync(join(root, 'node_modules/.bin', name));

// Node reads compiled code from here at the next start; every process that the script starts does too.
process.env.NODE_COMPILE_CACHE ??= join(root, 'node_modules/.cache/node-compile-cache');

if (Number(process.versions.node.split('.')[0]) >= MIN_MAJOR) {
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE);
  // Processes that the script starts must find this Node too, even if PATH names another one first.
  process.env.PATH = [dirname(process.execPath), process.env.PATH].join(delimiter);
  process.argv = [process.execPath, script, ...args];
  await import(pathToFileURL(script).href);
} else {
  const node = join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (!existsSync(node)) {
    process.stderr.write(
      `Waybill needs Node ${MIN_MAJOR} or newer, and this is Node ${process.versions.node} on ${process.platform} ${process.arch}.\n` +
        (process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch)
          ? 'npm brings it along: run `npm ci` again, without --omit=optional.'
          : `Install Node ${MIN_MAJOR} (https://nodejs.org/en/download) and run the command again.`) +
        '\n',
    );
    process.exit(1);
  }
  const env = { ...process.env, PATH: [dirname(node), process.env.PATH].join(delimiter) };
  runNode(node, [script, ...args], env);
}
