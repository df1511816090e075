import type { Catalogue, TaskContract } from '@waybill/contract-kit';
import { newestReachable, UpCastError, upCast } from '@waybill/contract-kit';
import type { JsonSchema } from '@waybill/schema-evolution';
import { type Finding, judgeChange, type Verdict, verdictOf } from '@waybill/schema-evolution';
import { type ContractHistory, changesOf, historyPath, type PublishedSchema } from './contract-history.ts';

/** A finding, and which of the published schemas it is about. */
export interface HistoricalFinding extends Finding {
  readonly against: Pick<PublishedSchema, 'recordedOn' | 'schemaHash'>;
}

/** What the check says of one version of a contract. */
export interface ContractReport {
  readonly contract: string;
  readonly version: number;
  readonly verdict: Verdict;
  readonly findings: readonly HistoricalFinding[];
  /** What is wrong beside its schema. */
  readonly problems: readonly string[];
  /** Whether its present schema is the last of its history. */
  readonly isRecorded: boolean;
}

/** What the check says of all. */
export interface EvolutionReport {
  readonly contracts: readonly ContractReport[];
  /** What is wrong with the history itself. */
  readonly problems: readonly string[];
}

/**
 * Checks that nothing that may still be sent, or is still to be done, is stranded by the contracts as they are now.
 * @param histories all that is recorded
 * @param baseline what was published at another commit, which nothing may contradict; undefined: what is recorded
 */
export function checkEvolution(
  catalogue: Catalogue,
  histories: readonly ContractHistory[],
  baseline: readonly ContractHistory[] | undefined,
): EvolutionReport {
  const contracts = catalogue.contracts.map((contract) => {
    const own = find(histories, contract);
    const published = mergePublished(find(baseline ?? [], contract)?.published, own?.published);
    return checkContract(catalogue, contract, own, published);
  });
  const stranded = histories
    .filter(
      ({ contract, version, retiredOn }) => retiredOn === undefined && !catalogue.find(contract, version),
    )
    .map(
      ({ contract, version }) =>
        `${contract} v${version} was published and is not in the catalogue: its tasks would be stranded. Put it back, or see whether it may go: npm run contracts:retire`,
    );
  return { contracts, problems: [...changesOf(baseline ?? [], histories), ...stranded] };
}

function find(
  histories: readonly ContractHistory[],
  { name, version }: TaskContract,
): ContractHistory | undefined {
  return histories.find((history) => history.contract === name && history.version === version);
}

/** What was published counts, also where somebody took it out of the files. */
function mergePublished(
  baseline: readonly PublishedSchema[] = [],
  own: readonly PublishedSchema[] = [],
): readonly PublishedSchema[] {
  const added = own.filter((entry) => !baseline.some(({ schemaHash }) => schemaHash === entry.schemaHash));
  return [...baseline, ...added];
}

function checkContract(
  catalogue: Catalogue,
  contract: TaskContract,
  history: ContractHistory | undefined,
  published: readonly PublishedSchema[],
): ContractReport {
  const { name, version, schema, schemaHash } = contract;
  const invalid = definitionProblem(contract);
  if (invalid !== undefined) {
    const report = { contract: name, version, findings: [], problems: [invalid], isRecorded: false };
    return { ...report, verdict: 'needs a new version' };
  }
  const findings = published.flatMap((entry, index): HistoricalFinding[] => {
    if (entry.schemaHash === schemaHash) return [];
    // Once its readers came first, a wider schema has no older worker left to fear.
    const isAcknowledged = published.slice(index + 1).some(({ readersFirst }) => readersFirst);
    const judged = judgeChange(
      entry.schema as JsonSchema,
      schema as JsonSchema,
      isAcknowledged ? ['reader'] : ['reader', 'writer'],
    );
    const { recordedOn } = entry;
    return judged.findings.map((finding) => ({
      ...finding,
      against: { recordedOn, schemaHash: entry.schemaHash },
    }));
  });
  const isRecorded = history?.published.at(-1)?.schemaHash === schemaHash;
  const problems: string[] = [];
  if (!isRecorded) {
    problems.push(
      `its schema is not the last of ${historyPath(name, version)}: record it with npm run contracts:check -- --record`,
    );
  }
  if (history?.retiredOn !== undefined) {
    problems.push(`it was retired on ${history.retiredOn} and is still in the catalogue: take it out`);
  }
  const migration = migrationProblems(catalogue, contract, published);
  return {
    contract: name,
    version,
    verdict: migration.length > 0 ? 'needs a migration' : verdictOf(findings),
    findings,
    problems: [...problems, ...migration],
    isRecorded,
  };
}

function definitionProblem(contract: TaskContract): string | undefined {
  try {
    contract.violations(contract.example);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** An older version must lead to the newest, with all that is known to have been sent. */
function migrationProblems(
  catalogue: Catalogue,
  contract: TaskContract,
  published: readonly PublishedSchema[],
): string[] {
  const newest = catalogue.newest(contract.name);
  if (newest === undefined || newest === contract) return [];
  const reached = newestReachable(catalogue, contract);
  if (reached !== newest) {
    return [
      `no up-caster leads from v${reached.version} on to v${newest.version}: the newest handler can’t read its payloads`,
    ];
  }
  const problems = new Set<string>();
  for (const { fixtures, recordedOn } of published) {
    for (const [index, fixture] of fixtures.entries()) {
      if (contract.violations(fixture).length > 0) continue;
      try {
        upCast(catalogue, contract, newest, fixture);
      } catch (error) {
        if (!(error instanceof UpCastError)) throw error;
        problems.add(`fixture ${index} of ${recordedOn}: ${error.message}`);
      }
    }
  }
  return [...problems];
}
