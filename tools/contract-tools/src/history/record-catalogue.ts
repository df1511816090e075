import { type Catalogue, canonicalJson, type TaskContract } from '@waybill/contract-kit';
import { checkEvolution, type EvolutionReport, isUnchanged } from './check-evolution.ts';
import { type ContractHistory, historyPath, publishedEntries } from './contract-history.ts';
import { isContractPassing } from './describe-report.ts';
import { type HistoryFile, parseHistory } from './history-files.ts';
import { baselineHistories, type PublishedBaseline } from './published-baseline.ts';
import { isRecordedBy, recordSchema } from './record-schema.ts';

/** Settings of {@link recordCatalogue}. */
export interface RecordCatalogueOptions {
  readonly catalogue: Catalogue;
  /** The history's files in the working tree. */
  readonly present: readonly HistoryFile[];
  readonly baseline: Exclude<PublishedBaseline, { kind: 'unknown' }>;
  /** As `2026-11-21`. */
  readonly today: string;
  /** The names of the contracts to record; empty for all. Only a named one is recorded as the generator made it. */
  readonly names: readonly string[];
}

/**
 * Records the present schemas of all contracts that pass the check. One that fails does not stop the others. Entries that are
 * not in the baseline are drafts and are replaced.
 * @returns the report, and the histories to write
 */
export function recordCatalogue(options: RecordCatalogueOptions): {
  readonly report: EvolutionReport;
  readonly changed: readonly ContractHistory[];
} {
  const { catalogue, present, baseline, today, names } = options;
  const parsed = parseHistory(present);
  const published =
    baseline.kind === 'commit'
      ? baselineHistories(baseline, present, catalogue)
      : { histories: [], problems: [] };
  const isWanted = ({ name }: TaskContract): boolean => names.length === 0 || names.includes(name);
  const proposed = catalogue.contracts.filter(isWanted).map((contract) => {
    const own = find(parsed.histories, contract);
    const base = find(published.histories, contract);
    if (own !== undefined && isKept(contract, own, base, names.length > 0)) return own;
    return recordSchema(contract, { published: base, today });
  });
  const others = parsed.histories.filter(
    ({ contract, version }) => !proposed.some((one) => one.contract === contract && one.version === version),
  );
  const report = checkEvolution(catalogue, [...proposed, ...others], published.histories);
  const passing = report.contracts.filter(isContractPassing);
  const changed = proposed.filter(
    ({ contract, version }, index) =>
      passing.some((one) => one.contract === contract && one.version === version) &&
      canonicalJson(find(parsed.histories, { name: contract, version }) ?? null) !==
        canonicalJson(proposed[index]),
  );
  // A file that cannot be used and is written anew is no problem any more.
  const written = changed.map(({ contract, version }) => historyPath(contract, version));
  const unusable = parsed.problems.filter((problem) => !written.some((path) => problem.startsWith(path)));
  const problems = [...published.problems, ...unusable, ...report.problems];
  const contracts = report.contracts.filter(({ contract }) => names.length === 0 || names.includes(contract));
  return { report: { contracts, problems }, changed };
}

/** Whether a history needs no new entry: its last one is the present schema, and the others are published. */
function isKept(
  contract: TaskContract,
  own: ContractHistory,
  base: ContractHistory | undefined,
  isNamed: boolean,
): boolean {
  const last = own.published.at(-1);
  if (last === undefined || !isRecordedBy(contract, last)) return false;
  if (last.placeholder === true) return !isNamed;
  const before = publishedEntries(base);
  const entries = publishedEntries(own);
  return (
    entries.length === own.published.length &&
    entries.length <= before.length + 1 &&
    before.every((entry, index) => isUnchanged(entry, entries[index]))
  );
}

function find(
  histories: readonly ContractHistory[],
  { name, version }: Pick<TaskContract, 'name' | 'version'>,
): ContractHistory | undefined {
  return histories.find((history) => history.contract === name && history.version === version);
}
