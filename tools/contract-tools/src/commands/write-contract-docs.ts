// `npm run contracts:docs [-- --check]`: writes the documents of all contracts, and CODEOWNERS.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { CommandLineError, readFlags } from '@waybill/emulator-kit';
import { codeOwners } from '../documents/code-owners.ts';
import {
  ASYNCAPI_PATH,
  contractDocuments,
  PAGES_FOLDER,
  wholeAsyncApi,
} from '../documents/contract-documents.ts';
import { isCurrent } from '../documents/is-current.ts';
import { loadCatalogue } from '../repository/load-catalogue.ts';
import { writeFiles } from '../repository/write-files.ts';
import { runCommand } from './run-command.ts';

const HELP = `Writes the documents of all contracts, and CODEOWNERS: npm run contracts:docs [-- --check]

  --check   write nothing, name the stale files
  --help    print this and end
`;

async function run(args: readonly string[], rootDir: string): Promise<number> {
  const { values, problems } = readFlags(args, { check: { type: 'boolean' }, help: { type: 'boolean' } });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (problems.length > 0) throw new CommandLineError(problems, 'See --help.');
  const catalogue = await loadCatalogue(rootDir);
  const documents = [...contractDocuments(catalogue), codeOwners(rootDir, catalogue)];
  const stale = documents.filter((document) => !isCurrent(rootDir, document));
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
  writeFiles(rootDir, [wholeAsyncApi(catalogue)]);
  for (const { path } of stale) process.stdout.write(`wrote ${path}\n`);
  for (const path of obsolete) process.stdout.write(`removed ${path}\n`);
  if (stale.length + obsolete.length === 0) process.stdout.write('the pages are current\n');
  process.stdout.write(`all contracts as one AsyncAPI document, not committed: ${ASYNCAPI_PATH}\n`);
  return 0;
}

await runCommand(run);
