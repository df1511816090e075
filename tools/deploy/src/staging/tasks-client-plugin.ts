import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';

/** The client reads three JSON files when it is loaded: its settings, its protocol, its own package.json. */
const JSON_READS = 3;
/** `getJSON(path.join(dirname, '..', 'protos/protos.json'))`; the group holds what follows `dirname`. */
const JSON_READ = /\bgetJSON\(path\.join\(dirname,\s*([^()]*)\)\)/g;
const OWN_FOLDER = /^const dirname = path\.dirname\(fileURLToPath\(import\.meta\.url\)\);$/m;

/**
 * Lets esbuild bundle `@google-cloud/tasks` 7: the client finds its JSON files by paths beside its own source, which a
 * bundle does not have. Each read becomes a `require` that esbuild follows. The beta versions of the API stay out.
 *
 * It refuses a client that does not read exactly three files in the known way: a newer one must not be bundled into
 * something that builds, and dies when it is loaded.
 */
export function tasksClientPlugin(): Plugin {
  return {
    name: 'tasks-client',
    setup(build) {
      build.onResolve({ filter: /^@google-cloud\/tasks$/ }, ({ resolveDir }) => {
        const entry = createRequire(join(resolveDir, 'resolve.js')).resolve('@google-cloud/tasks');
        const packageDir = entry.slice(0, entry.lastIndexOf(join('build', 'cjs')));
        return { path: join(packageDir, 'build', 'esm', 'src', 'v2', 'index.js') };
      });
      build.onLoad({ filter: /@google-cloud[\\/]tasks[\\/].*_client\.c?js$/ }, async ({ path }) => ({
        contents: withStaticJson(path, await readFile(path, 'utf8')),
        loader: 'js',
        resolveDir: dirname(path),
      }));
    },
  };
}

/** A client's source with its reads of JSON files made static. @throws {Error} if there are not exactly three */
export function withStaticJson(path: string, source: string): string {
  let reads = 0;
  const contents = source
    .replace(JSON_READ, (_call, parts: string) => {
      reads += 1;
      const segments = parts.split(',').map((part) => part.trim().replace(/^(['"])(.*)\1$/, '$2'));
      const relative = segments.join('/');
      return `require(${JSON.stringify(relative.startsWith('.') ? relative : `./${relative}`)})`;
    })
    .replace(OWN_FOLDER, '');
  if (reads !== JSON_READS || /\bgetJSON\(/.test(contents)) {
    throw new Error(
      `${path}: expected ${JSON_READS} reads of JSON files, found ${reads}: this version of @google-cloud/tasks is built otherwise; look at it and change tasks-client-plugin.ts`,
    );
  }
  return contents;
}
