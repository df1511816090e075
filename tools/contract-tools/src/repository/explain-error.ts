import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ContractDefinitionError } from '@waybill/contract-kit';

const CONTRACTS = 'packages/task-contracts/src/contracts';

/** Errors of the commands whose message has the remedy already. */
const PLAIN = new Set([
  'CommandLineError',
  'GitRefError',
  'NewContractError',
  'SourceFormError',
  'FormatError',
  'QueueFileError',
  'YamlFileError',
]);

/** An error as lines for a terminal: the file and the line, the problem, and the remedy. It has no stack trace. */
export function explainError(error: unknown, rootDir: string): string[] {
  if (!(error instanceof Error)) return [`Failed: ${String(error)}`];
  if (PLAIN.has(error.name)) return error.message.split('\n');
  if (error instanceof ContractDefinitionError) return explainDefinitionError(error, rootDir);
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  if (syscall?.startsWith('spawn') && code === 'ENOENT') {
    return [`${path ?? 'A program'} is not installed; install it, or run npm ci`];
  }
  if (syscall !== undefined && path !== undefined) {
    const place = path.startsWith(rootDir) ? relative(rootDir, path) : path;
    return [`${place}: ${code}; check that the file is there, and that you may read and write it`];
  }
  const place = placeInSources(error, rootDir);
  const [firstLine = ''] = error.message.split('\n');
  if (place === undefined) {
    return [
      `${error.name}: ${firstLine}. This is a fault of the command: please report it with its arguments`,
    ];
  }
  return [
    `${place}: ${firstLine.replaceAll(`${rootDir}/`, '')}. Correct the file, then run the command again`,
  ];
}

/** The problems of a definition, each with the line of the contract's file that it is about. */
export function explainDefinitionError(error: ContractDefinitionError, rootDir: string): string[] {
  const [, name, version] = /^Task "(.*)" v(\d+)$/.exec(error.subject) ?? [];
  if (name === undefined) {
    return error.problems.map((problem) => `${CONTRACTS}/: ${error.subject}: ${problem}`);
  }
  const path = `${CONTRACTS}/${name}/v${version}.ts`;
  const file = join(rootDir, path);
  const source = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  return error.problems.map((problem) => {
    const line = source === undefined ? '' : `:${lineOfProblem(source, problem)}`;
    return `${path}${line}: ${problem}`;
  });
}

/** The line that a problem is about: where the names of its JSON pointer follow each other, or its key is. */
function lineOfProblem(source: string, problem: string): number {
  const pointer = /^schema: (\/[^:\s]*)/.exec(problem)?.[1];
  const names =
    pointer === undefined
      ? [/^schema: /.test(problem) ? 'schema' : (/^(?:unknown key ")?([\w.]+)/.exec(problem)?.[1] ?? '')]
      : ['schema', ...pointer.slice(1).split('/')];
  let offset = 0;
  for (const name of names.flatMap((part) => part.split('.'))) {
    if (name === '' || /^\d+$/.test(name)) continue;
    const key = new RegExp(`(?<![\\w$])${name.replace(/[^\w]/g, '\\$&')}['"]?\\s*[:,]`);
    const found = key.exec(source.slice(offset));
    if (found !== null) offset += found.index + 1;
  }
  return source.slice(0, offset).split('\n').length;
}

/** The first place of an error in the repository's own sources, as `path:line`. */
function placeInSources(error: Error, rootDir: string): string | undefined {
  const missing = /^Cannot find (?:module|package) .* imported from (\S+)/.exec(error.message)?.[1];
  if (missing?.startsWith(rootDir)) return relative(rootDir, missing);
  for (const [, url = '', line] of (error.stack ?? '').matchAll(/((?:file:\/\/)?\/[^\s():]+\.ts):(\d+)/g)) {
    const path = url.startsWith('file:') ? fileURLToPath(url) : url;
    const place = relative(rootDir, path);
    // A contract's own file, rather than the framework that found its fault.
    if (!place.startsWith('..') && !/^(?:packages\/contract-kit|tools)\//.test(place))
      return `${place}:${line}`;
  }
  return undefined;
}
