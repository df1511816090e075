import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isTestEntry } from './packed-manifest.ts';
import { publishedWorkspaces } from './published-workspaces.ts';

/** One entry point of a published package. */
export interface ApiEntry {
  /** Folder of the package. */
  readonly folder: string;
  /** Folder that its declarations are emitted to. */
  readonly outDir: string;
  /** Emitted declaration of this entry point. */
  readonly declaration: string;
  /** Name of the report, without `.api.md`. */
  readonly report: string;
}

/** Lists every entry point of every published workspace. */
export function apiEntries(rootDir: string): ApiEntry[] {
  return publishedWorkspaces(rootDir).flatMap(({ folder: relative, name }) => {
    const folder = join(rootDir, relative);
    const outDir = join(folder, '.declarations');
    const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      exports: Record<string, string>;
    };
    const entries = Object.entries(exports).filter(([, source]) => !isTestEntry(source));
    return entries.map(([path, source]) => ({
      folder,
      outDir,
      declaration: join(outDir, source.replace('./src/', '').replace(/\.ts$/, '.d.ts')),
      report: `${name.replace('@waybill/', '')}${path.slice(1).replaceAll('/', '.')}`,
    }));
  });
}
