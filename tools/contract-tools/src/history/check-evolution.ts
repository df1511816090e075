import {
  type Catalogue,
  canonicalJson,
  newestReachable,
  type TaskContract,
  UpCastError,
  upCast,
} from '@waybill/contract-kit';
import {
  type Finding,
  type JsonSchema,
  judgeChange,
  type Verdict,
  verdictOf,
} from '@waybill/schema-evolution';
import { type ContractHistory, historyPath, type PublishedSchema } from './contract-history.ts';

/** A finding, with the published schema that it is about. */
export interface HistoricalFinding extends Finding {
  readonly against: Pick<PublishedSchema, 'recordedOn' | 'schemaHash'>;
}

/** The result of the check for one version of a contract. */
export interface ContractReport {
  readonly contract: string;
  readonly version: number;
  readonly verdict: Verdict;
  readonly findings: readonly HistoricalFinding[];
  /** Problems other than those of its schema. */
  readonly problems: readonly string[];
  /** Whether its present schema is the last one of its history. */
  readonly isRecorded: boolean;
}

/** The result of the check for all contracts. */
export interface EvolutionReport {
  readonly contracts: readonly ContractReport[];
  /** Problems of the history itself. */
  readonly problems: readonly string[];
}

/**
 * Checks that the present contracts strand no task that is queued or may still be sent.
 * @param histories all recorded histories
 * @param baseline the histories at another commit, which must not be contradicted; undefined for none
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
  return { contracts, problems: [...rewrittenEntries(baseline ?? [], histories), ...stranded] };
}

/** Problems of published entries that were changed or removed: a history is only added to. */
function rewrittenEntries(before: readonly ContractHistory[], now: readonly ContractHistory[]): string[] {
  return before.flatMap((old) => {
    const path = historyPath(old.contract, old.version);
    const present = now.find(({ contract, version }) => contract === old.contract && version === old.version);
    if (present === undefined) return [`${path}: was published and is gone; put it back`];
    return old.published.flatMap((entry, index) =>
      canonicalJson(present.published[index] ?? null) === canonicalJson(entry)
        ? []
        : [`${path}: published/${index} is not as it was published; put it back and add another`],
    );
  });
}

function find(
  histories: readonly ContractHistory[],
  { name, version }: TaskContract,
): ContractHistory | undefined {
  return histories.find((history) => history.contract === name && history.version === version);
}

/** All published schemas, including those that were removed from the files. */
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
    // With readers first, no older worker is left that could read a payload of the wider schema.
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

/** Problems of an older version: its fixtures must be convertible to the newest version. */
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
