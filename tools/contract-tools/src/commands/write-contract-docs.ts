// `npm run contracts:docs [-- --check]`: writes the pages and the AsyncAPI document of all contracts.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { CommandLineError, readFlags } from '@waybill/emulator-kit';
import { contractDocuments, PAGES_FOLDER } from '../documents/contract-documents.ts';
import { loadCatalogue } from '../repository/load-catalogue.ts';
import { writeFiles } from '../repository/write-files.ts';
import { runCommand } from './run-command.ts';

async function run(args: readonly string[], rootDir: string): Promise<number> {
  const { values, problems } = readFlags(args, { check: { type: 'boolean' } });
  if (problems.length > 0) throw new CommandLineError(problems);
  const documents = contractDocuments(await loadCatalogue(rootDir));
  const stale = documents.filter(
    ({ path, text }) =>
      !existsSync(join(rootDir, path)) || readFileSync(join(rootDir, path), 'utf8') !== text,
  );
  const folder = join(rootDir, PAGES_FOLDER);
  const entries = existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }) : [];
  const obsolete = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(rootDir, join(parentPath, name)))
    .filter((path) => !documents.some((document) => document.path === path));

  if (values.check) {
    const paths = [...stale.map(({ path }) => path), ...obsolete];
    for (const path of paths) process.stdout.write(`stale: ${path}\n`);
    return paths.length === 0 ? 0 : 1;
  }
  writeFiles(rootDir, stale);
  for (const path of obsolete) rmSync(join(rootDir, path));
  for (const { path } of stale) process.stdout.write(`wrote ${path}\n`);
  for (const path of obsolete) process.stdout.write(`removed ${path}\n`);
  if (stale.length + obsolete.length === 0) process.stdout.write('the pages are current\n');
  return 0;
}

await runCommand(run);
