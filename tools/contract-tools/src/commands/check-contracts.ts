// `npm run contracts:check [-- --against <git ref>] [--record [--readers-first]]`
import { CommandLineError, readFlags } from '@waybill/emulator-kit';
import { catalogue } from '@waybill/task-contracts';
import { checkEvolution, type EvolutionReport } from '../history/check-evolution.ts';
import { type ContractHistory, historyPath } from '../history/contract-history.ts';
import { describeReport, isPassing } from '../history/describe-report.ts';
import { parseHistory, readHistoryFiles } from '../history/history-files.ts';
import { GitRefError, historyFilesAtRef } from '../history/history-files-at-ref.ts';
import { recordSchema } from '../history/record-schema.ts';
import { formatSources } from '../repository/format-sources.ts';
import { rootDir } from '../repository/root-dir.ts';
import { writeFiles } from '../repository/write-files.ts';
import { runCommand } from './run-command.ts';

const HELP = `Checks that no change of a contract strands a task that is queued: npm run contracts:check -- [flags]

  --against <git ref>   also against what was published at a commit, such as origin/main
  --record              add schemas that are new to packages/task-contracts/history, if the check allows it
  --readers-first       with --record: take a schema that accepts more than before, because nothing of it
                        will be enqueued before every worker reads it
`;

const today = new Date().toISOString().slice(0, 10);

function run(args: readonly string[]): number {
  const { values, problems } = readFlags(args, {
    against: { type: 'string' },
    record: { type: 'boolean' },
    'readers-first': { type: 'boolean' },
    help: { type: 'boolean' },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const { against, record = false, 'readers-first': readersFirst = false } = values;
  if (readersFirst && !record) problems.push('--readers-first goes with --record');
  if (problems.length > 0) throw new CommandLineError(problems, 'See --help.');
  const present = parseHistory(readHistoryFiles(rootDir));
  const baseline = against === undefined ? undefined : historiesAtRef(against);
  if (record) return recordSchemas(present, against ?? 'HEAD', readersFirst);
  return print(check(present.histories, baseline, present.problems));
}

type Histories = ReturnType<typeof parseHistory>;

function check(
  histories: readonly ContractHistory[],
  baseline: readonly ContractHistory[] | undefined,
  problems: readonly string[],
): EvolutionReport {
  const report = checkEvolution(catalogue, histories, baseline);
  return { ...report, problems: [...problems, ...report.problems] };
}

/** Prints the report and returns the exit code. */
function print(report: EvolutionReport): number {
  process.stdout.write(`${describeReport(report).join('\n')}\n`);
  if (isPassing(report)) return 0;
  process.stdout.write('\nFailed: see above what to do instead\n');
  return 1;
}

function historiesAtRef(ref: string): ContractHistory[] {
  const { histories, problems } = parseHistory(historyFilesAtRef(rootDir, ref));
  if (problems.length > 0) {
    throw new GitRefError(`The history at ${ref} can't be used: ${problems.join('; ')}`);
  }
  return histories;
}

/**
 * Records the present schemas, if the check allows it. A schema that was recorded after the given commit is a draft: it was
 * not published, and may be replaced.
 */
function recordSchemas(present: Histories, ref: string, readersFirst: boolean): number {
  const published = historiesAtRef(ref);
  const others = present.histories.filter(({ contract, version }) => !catalogue.find(contract, version));
  const proposed = catalogue.contracts.map((contract) => {
    const matches = ({ contract: name, version }: ContractHistory): boolean =>
      name === contract.name && version === contract.version;
    const own = present.histories.find(matches);
    if (own?.published.at(-1)?.schemaHash === contract.schemaHash) return own;
    const before = published.find(matches)?.published ?? [];
    const needsReadersFirst = readersFirst && before.length > 0;
    return recordSchema(contract, { published: before, today, readersFirst: needsReadersFirst });
  });
  const code = print(check([...proposed, ...others], published, present.problems));
  if (code !== 0) return code;
  const changed = proposed.filter((history) => !present.histories.includes(history));
  const files = changed.map((history) => ({
    path: historyPath(history.contract, history.version),
    text: JSON.stringify(history, null, 2),
  }));
  writeFiles(rootDir, formatSources(rootDir, files));
  for (const { path } of files) process.stdout.write(`recorded ${path}\n`);
  if (files.length === 0) process.stdout.write('nothing new to record\n');
  return 0;
}

await runCommand(run);
