// `npm run check:contract -- charge-payment`: what `npm run check` asks of one contract, in seconds.
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { CommandLineError, readFlags } from '@waybill/emulator-kit';
import { type CatalogueProblem, checkCatalogue } from '../checks/check-catalogue.ts';
import { readHistoryFiles } from '../history/history-files.ts';
import { baselineHistories, readPublishedBaseline } from '../history/published-baseline.ts';
import { loadCatalogue } from '../repository/load-catalogue.ts';
import { serviceFolder } from '../scaffold/handler-paths.ts';
import { runCommand } from './run-command.ts';

const HELP = `Checks one contract: npm run check:contract -- charge-payment

Types of the contracts and of its service, lint and format of its files, all rules of CONTRIBUTING.md, and whether a change
strands a task. npm run check does it for everything.
`;

await runCommand(async (args, rootDir) => {
  const { values, positionals, problems } = readFlags(
    args,
    { help: { type: 'boolean' } },
    { allowPositionals: true },
  );
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const catalogue = await loadCatalogue(rootDir);
  const [name = ''] = positionals;
  const newest = catalogue.newest(name);
  const known = [...new Set(catalogue.contracts.map((contract) => contract.name))].sort().join(', ');
  if (positionals.length !== 1) {
    problems.push(`Give one contract, got ${positionals.join(', ') || 'none'}; there are ${known}`);
  } else if (newest === undefined) {
    problems.push(`There is no contract "${name}"; there are ${known}`);
  }
  if (newest === undefined || problems.length > 0) throw new CommandLineError(problems, 'See --help.');
  const folder = serviceFolder(newest.service);
  const runTool = toolRunner(rootDir);
  const results = await Promise.all([
    runTool('types of the contracts', 'tsc', ['-p', 'packages/task-contracts']),
    runTool(`types of ${folder}`, 'tsc', ['-p', folder]),
    runTool('lint and format', 'biome', ['check', ...filesOf(rootDir, name, folder)]),
    runTool('changes', process.execPath, [
      join(import.meta.dirname, 'check-contracts.ts'),
      name,
      `--root=${rootDir}`,
    ]),
  ]);
  const baseline = readPublishedBaseline(rootDir, undefined);
  const present = readHistoryFiles(rootDir);
  const published =
    baseline.kind === 'commit' ? baselineHistories(baseline, present, catalogue).histories : undefined;
  const broken = checkCatalogue(rootDir, catalogue, published).filter((problem) => isAbout(problem, name));
  for (const { rule, message } of broken) process.stdout.write(`${rule}: ${message}\n`);
  process.stdout.write(`${broken.length === 0 ? 'ok' : 'failed'}: rules of CONTRIBUTING.md\n`);
  return broken.length === 0 && results.every((passed) => passed) ? 0 : 1;
});

/** The sources of a contract: its folder, its history, its handler and that one's test. */
function filesOf(rootDir: string, name: string, folder: string): string[] {
  const patterns = [
    `packages/task-contracts/src/contracts/${name}/*.ts`,
    'packages/task-contracts/src/contracts/registry.ts',
    `packages/task-contracts/history/${name}/*.json`,
    `${folder}/src/tasks/${name}{,.test}.ts`,
    `${folder}/src/tasks/index.ts`,
  ];
  return globSync(patterns, { cwd: rootDir }).sort();
}

/** Whether a problem names the contract, or a file that all contracts share. */
function isAbout({ message }: CatalogueProblem, name: string): boolean {
  const isShared = /^(?:docs\/contracts\/README\.md|\.github\/CODEOWNERS|queue-config\/)/.test(message);
  return isShared || new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(message);
}

/** Runs a program at the root, prints whether it passes, and its output if it does not. */
function toolRunner(rootDir: string) {
  return (title: string, program: string, args: readonly string[]): Promise<boolean> => {
    const path = program === process.execPath ? program : join(rootDir, 'node_modules/.bin', program);
    return new Promise((resolve) => {
      execFile(path, args, { cwd: rootDir, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
        if (error !== null) process.stdout.write(`${stdout}${stderr}`);
        process.stdout.write(`${error === null ? 'ok' : 'failed'}: ${title}\n`);
        resolve(error === null);
      });
    });
  };
}
