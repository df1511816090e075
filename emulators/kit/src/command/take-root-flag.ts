import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CommandLineError } from './command-line-error.ts';

/** The line of `--help` for {@link takeRootFlag}. */
export const ROOT_FLAG_HELP =
  "--root FOLDER: the application, the folder with apps/ in it; default: this command's own repository";

/**
 * Takes `--root FOLDER` or `--root=FOLDER` out of a command line. Every command that works on an application has it, beside
 * its own flags. The folder is relative to the current one.
 * @param defaultRoot the folder where the flag is not given
 * @returns the folder and the other arguments
 * @throws {CommandLineError} if the flag has no value, is given twice, or names no folder with apps/ in it
 */
export function takeRootFlag(
  args: readonly string[],
  defaultRoot: string,
): { rootDir: string; rest: readonly string[] } {
  const isRootFlag = (argument: string): boolean => /^--root(=|$)/.test(argument);
  const index = args.findIndex(isRootFlag);
  if (index < 0) return { rootDir: defaultRoot, rest: args };
  const [flag = '', next] = args.slice(index);
  const isJoined = flag.startsWith('--root=');
  const root = isJoined ? flag.slice('--root='.length) : next;
  if (root === undefined || root === '' || (!isJoined && root.startsWith('--'))) {
    throw new CommandLineError(['--root needs a folder, the one with apps/ in it']);
  }
  const rest = args.toSpliced(index, isJoined ? 1 : 2);
  if (rest.some(isRootFlag)) throw new CommandLineError(['Give --root once']);
  const rootDir = resolve(root);
  if (!existsSync(join(rootDir, 'apps'))) {
    throw new CommandLineError([`--root must be a folder with apps/ in it, got "${root}"`]);
  }
  return { rootDir, rest };
}
