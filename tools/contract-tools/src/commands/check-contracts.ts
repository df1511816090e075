// `npm run contracts:check [-- --against <git ref>] [--record [--readers-first]]`
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { catalogue } from '@waybill/task-contracts';
import { checkEvolution, type EvolutionReport } from '../history/check-evolution.ts';
import {
  type ContractHistory,
  historyPath,
  parseHistory,
  readHistoryFiles,
  recordedHistory,
} from '../history/contract-history.ts';
import { describeReport, isAllWell } from '../history/describe-report.ts';
import { GitRefError, historyFilesAtRef } from '../history/history-files-at-ref.ts';
import { formatSources } from '../repository/format-sources.ts';
import { writeFiles } from '../repository/write-files.ts';

const HELP = `Checks that no change of a contract strands a task that is queued: npm run contracts:check -- [flags]

  --against <git ref>   also against what was published at a commit, such as origin/main
  --record              add schemas that are new to packages/task-contracts/history, if the check allows it
  --readers-first       with --record: take a schema that accepts more than before, because nothing of it
                        will be enqueued before every worker reads it
`;

const rootDir = join(import.meta.dirname, '../../../..');

function run(): number {
  const { values } = parseArgs({
    options: {
      against: { type: 'string' },
      record: { type: 'boolean', default: false },
      'readers-first': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (values['readers-first'] && !values.record) {
    process.stderr.write('--readers-first goes with --record\n');
    return 2;
  }
  const present = parseHistory(readHistoryFiles(rootDir));
  const baseline = values.against === undefined ? undefined : atRef(values.against);
  if (!values.record) return tell(withProblems(check(present.histories, baseline), present.problems));
  return record(present, values.against ?? 'HEAD', values['readers-first']);
}

function check(
  histories: readonly ContractHistory[],
  baseline: readonly ContractHistory[] | undefined,
): EvolutionReport {
  return checkEvolution(catalogue, histories, baseline);
}

function withProblems(report: EvolutionReport, problems: readonly string[]): EvolutionReport {
  return { ...report, problems: [...problems, ...report.problems] };
}

function tell(report: EvolutionReport): number {
  process.stdout.write(`${describeReport(report).join('\n')}\n`);
  if (isAllWell(report)) return 0;
  process.stdout.write('\nFailed: see above what to do instead\n');
  return 1;
}

function atRef(ref: string): ContractHistory[] {
  const { histories, problems } = parseHistory(historyFilesAtRef(rootDir, ref));
  if (problems.length > 0)
    throw new GitRefError(`The history at ${ref} can't be used: ${problems.join('; ')}`);
  return histories;
}

/** What was recorded since the given commit is a draft: it was not published, and may be replaced. */
function record(
  present: { histories: readonly ContractHistory[]; problems: readonly string[] },
  ref: string,
  readersFirst: boolean,
): number {
  const published = atRef(ref);
  const today = new Date().toISOString().slice(0, 10);
  const others = present.histories.filter(({ contract, version }) => !catalogue.find(contract, version));
  const proposed = catalogue.contracts.map((contract) => {
    const matches = ({ contract: name, version }: ContractHistory): boolean =>
      name === contract.name && version === contract.version;
    const own = present.histories.find(matches);
    if (own?.published.at(-1)?.schemaHash === contract.schemaHash) return own;
    const before = published.find(matches)?.published ?? [];
    return recordedHistory(contract, before, today, readersFirst && before.length > 0);
  });
  const report = withProblems(check([...proposed, ...others], published), present.problems);
  const code = tell(report);
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

try {
  process.exitCode = run();
} catch (error) {
  if (
    !(error instanceof GitRefError) &&
    (error as { code?: string }).code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION'
  ) {
    throw error;
  }
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 2;
}
