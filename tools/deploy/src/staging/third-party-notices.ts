import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of a package, at the end of a path up to it: `…/node_modules/@scope/name`. */
const PACKAGE_FOLDER = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;
const LICENSE_FILE = /^(licen[cs]e|notice|copying)([.-].*)?$/i;
const RULE = '-'.repeat(80);

/**
 * The notices of a stage: the application's own, then name, version, license and license texts of each package of which
 * the stage holds code or files.
 * @param options.files paths of files in the stage's packages, relative to `rootDir`
 */
export function thirdPartyNotices(options: { rootDir: string; files: readonly string[] }): string {
  const { rootDir, files } = options;
  const folders = new Set(files.flatMap((file) => PACKAGE_FOLDER.exec(file)?.[1] ?? []));
  const notices = new Map([...folders].map((folder) => noticeOf(join(rootDir, folder))));
  const own = join(rootDir, 'NOTICE');
  return [
    ...(existsSync(own) ? [readFileSync(own, 'utf8').trim()] : []),
    ...[...notices].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, text]) => text),
    '',
  ].join(`\n\n${RULE}\n`);
}

/** A package's name and version, and its notice. */
function noticeOf(folder: string): [string, string] {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
    license?: unknown;
  };
  const texts = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && LICENSE_FILE.test(entry.name))
    .map((entry) => entry.name)
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim());
  const title = `${name} ${version}`;
  return [
    title,
    [`${title} (license: ${typeof license === 'string' ? license : 'see below'})`, ...texts].join('\n\n'),
  ];
}
