// `npm run contracts:check [-- [contract…] [--against <git ref>] [--record]]`
import type { Catalogue } from '@waybill/contract-kit';
import { CommandLineError, readFlags } from '@waybill/emulator-kit';
import { checkEvolution, type EvolutionReport } from '../history/check-evolution.ts';
import { historyPath } from '../history/contract-history.ts';
import { describeReport, isPassing } from '../history/describe-report.ts';
import { type HistoryFile, parseHistory, readHistoryFiles } from '../history/history-files.ts';
import {
  assertKnown,
  baselineHistories,
  type PublishedBaseline,
  readPublishedBaseline,
} from '../history/published-baseline.ts';
import { recordCatalogue } from '../history/record-catalogue.ts';
import { formatSources } from '../repository/format-sources.ts';
import { loadCatalogue } from '../repository/load-catalogue.ts';
import { writeFiles } from '../repository/write-files.ts';
import { runCommand } from './run-command.ts';

const HELP = `Checks that no change of a contract strands a task that is queued: npm run contracts:check -- [flags] [contract…]

  --record              record new schemas in packages/task-contracts/history, each that passes the check. A version that
                        the main branch does not hold is a draft: it is recorded again as often as you like.
                        Without names, what new:contract made and nobody changed is left alone
  --against <git ref>   compare with what a commit holds, instead of the main branch
  --root FOLDER         the repository; default the one of this command
`;

const today = new Date().toISOString().slice(0, 10);

async function run(args: readonly string[], rootDir: string): Promise<number> {
  const flags = {
    against: { type: 'string' },
    record: { type: 'boolean' },
    help: { type: 'boolean' },
  } as const;
  const { values, positionals: names, problems } = readFlags(args, flags, { allowPositionals: true });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (problems.length > 0) throw new CommandLineError(problems, 'See --help.');
  const catalogue = await loadCatalogue(rootDir);
  problems.push(...unknownNames(catalogue, names));
  if (problems.length > 0) throw new CommandLineError(problems, 'See --help.');
  const { against, record = false } = values;
  const present = readHistoryFiles(rootDir);
  const baseline = readPublishedBaseline(rootDir, against);
  if (record) {
    assertKnown(baseline);
    return recordSchemas(catalogue, { rootDir, present, baseline, names });
  }
  return print(check(catalogue, { present, baseline, names }), rootDir);
}

function unknownNames(catalogue: Catalogue, names: readonly string[]): string[] {
  const known = [...new Set(catalogue.contracts.map(({ name }) => name))].sort();
  return names
    .filter((name) => !known.includes(name))
    .map((name) => `There is no contract "${name}"; there are ${known.join(', ')}`);
}

interface Inputs<Baseline = PublishedBaseline> {
  readonly present: readonly HistoryFile[];
  readonly baseline: Baseline;
  readonly names: readonly string[];
}

function check(catalogue: Catalogue, { present, baseline, names }: Inputs): EvolutionReport {
  const { histories, problems } = parseHistory(present);
  const published = baseline.kind === 'commit' ? baselineHistories(baseline, present, catalogue) : undefined;
  const report = checkEvolution(catalogue, histories, published?.histories);
  const isAsked = ({ contract }: { contract: string }): boolean =>
    names.length === 0 || names.includes(contract);
  return {
    contracts: report.contracts.filter(isAsked),
    problems: [...problems, ...(published?.problems ?? []), ...report.problems],
  };
}

/** Prints the report and returns the exit code. */
function print(report: EvolutionReport, rootDir: string): number {
  process.stdout.write(`${describeReport(report, rootDir).join('\n')}\n`);
  if (isPassing(report)) return 0;
  process.stdout.write('\nFailed: see above what to do instead\n');
  return 1;
}

/** Records the schemas that pass the check, prints the report, and returns the exit code. */
function recordSchemas(
  catalogue: Catalogue,
  options: Inputs<Exclude<PublishedBaseline, { kind: 'unknown' }>> & { readonly rootDir: string },
): number {
  const { rootDir, ...inputs } = options;
  const { baseline } = inputs;
  const { report, changed } = recordCatalogue({ catalogue, ...inputs, today });
  const files = changed.map((history) => ({
    path: historyPath(history.contract, history.version),
    text: JSON.stringify(history, null, 2),
  }));
  writeFiles(rootDir, formatSources(rootDir, files));
  const code = print(report, rootDir);
  const source =
    baseline.kind === 'commit'
      ? `published is what ${baseline.ref} holds; every other version is a draft`
      : `${baseline.reason}: every version is a draft`;
  process.stdout.write(`${source}\n`);
  for (const { path } of files) process.stdout.write(`recorded ${path}\n`);
  if (files.length === 0) process.stdout.write('nothing new to record\n');
  return code;
}

await runCommand(run);
