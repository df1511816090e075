import {
  type Catalogue,
  ContractDefinitionError,
  canonicalJson,
  type TaskContract,
} from '@waybill/contract-kit';
import { type Verdict, verdictOf } from '@waybill/schema-evolution';
import { compareTerms } from './compare-terms.ts';
import {
  type ContractHistory,
  historyPath,
  type PublishedSchema,
  publishedEntries,
  termsOf,
} from './contract-history.ts';
import { type HistoricalFinding, judgeSchema, refusedFixtures } from './judge-schema.ts';
import { migrationProblems } from './migration-problems.ts';
import { isRecordedBy } from './record-schema.ts';

/** The result of the check for one version of a contract. */
export interface ContractReport {
  readonly contract: string;
  readonly version: number;
  readonly verdict: Verdict;
  readonly findings: readonly HistoricalFinding[];
  /** Problems other than those of its schema. */
  readonly problems: readonly string[];
  /** Facts for people that are no problems. */
  readonly notes: readonly string[];
  /** Set if the definition is not valid, so that nothing was compared. */
  readonly definitionError?: ContractDefinitionError;
  /** Whether its present schema and terms are the last ones of its history. */
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
 * @param baseline the histories that are published, which must not be contradicted. Entries that are not in it are drafts.
 *   undefined where that is not known: each recorded entry counts as published
 */
export function checkEvolution(
  catalogue: Catalogue,
  histories: readonly ContractHistory[],
  baseline: readonly ContractHistory[] | undefined,
): EvolutionReport {
  const contracts = catalogue.contracts.map((contract) => {
    const own = find(histories, contract);
    const published = publishedEntries(baseline === undefined ? own : find(baseline, contract));
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
function rewrittenEntries(
  before: readonly ContractHistory[],
  histories: readonly ContractHistory[],
): string[] {
  return before.flatMap((old) => {
    const path = historyPath(old.contract, old.version);
    const present = histories.find(
      ({ contract, version }) => contract === old.contract && version === old.version,
    );
    if (present === undefined) return [`${path}: was published and is gone; put it back`];
    const now = publishedEntries(present);
    return publishedEntries(old).flatMap((entry, index) =>
      isUnchanged(entry, now[index])
        ? []
        : [`${path}: published/${index} is not as it was published; put it back and add another`],
    );
  });
}

/** Whether an entry is as it was published. Terms may be added to an entry that has none. */
export function isUnchanged(before: PublishedSchema, now: PublishedSchema | undefined): boolean {
  if (now === undefined) return false;
  const { terms, ...rest } = now;
  return canonicalJson(before.terms === undefined ? rest : { ...rest, terms }) === canonicalJson(before);
}

function find(
  histories: readonly ContractHistory[],
  { name, version }: TaskContract,
): ContractHistory | undefined {
  return histories.find((history) => history.contract === name && history.version === version);
}

function checkContract(
  catalogue: Catalogue,
  contract: TaskContract,
  history: ContractHistory | undefined,
  published: readonly PublishedSchema[],
): ContractReport {
  const { name, version } = contract;
  const subject = { contract: name, version };
  const definitionError = definitionErrorOf(contract);
  if (definitionError !== undefined) {
    const { problems } = definitionError;
    const report = { ...subject, findings: [], problems, notes: [], definitionError, isRecorded: false };
    return { ...report, verdict: 'needs a new version' };
  }
  const judged = judgeSchema(contract, published);
  const refused = refusedFixtures(contract, published, judged.findings);
  const terms = termsProblems(contract, published);
  const migration = [...refused, ...migrationProblems(catalogue, contract, published)];
  const record = recordProblems(contract, history);
  return {
    ...subject,
    verdict: worst(
      migration.length > 0 ? 'needs a migration' : verdictOf(judged.findings),
      terms.length > 0 ? 'needs a new version' : 'compatible',
    ),
    findings: judged.findings,
    problems: [...judged.problems, ...record.problems, ...terms, ...migration],
    notes: [...judged.notes, ...record.notes],
    isRecorded: record.isRecorded,
  };
}

const VERDICTS: readonly Verdict[] = ['compatible', 'needs a new version', 'needs a migration'];

function worst(...verdicts: readonly Verdict[]): Verdict {
  return VERDICTS.findLast((verdict) => verdicts.includes(verdict)) ?? 'compatible';
}

function termsProblems(contract: TaskContract, published: readonly PublishedSchema[]): string[] {
  const found = published.flatMap(({ terms, recordedOn }) =>
    terms === undefined
      ? []
      : compareTerms(terms, termsOf(contract)).map(
          ({ message }) =>
            `${message} (published on ${recordedOn}). Put it back, or: npm run new:contract -- ${contract.name} --next-version`,
        ),
  );
  return [...new Set(found)];
}

/** Problems of the record of a contract's present schema and terms. */
function recordProblems(
  contract: TaskContract,
  history: ContractHistory | undefined,
): { problems: string[]; notes: string[]; isRecorded: boolean } {
  const { name, version, schemaHash } = contract;
  const path = historyPath(name, version);
  const command = 'npm run contracts:check -- --record';
  const last = history?.published.at(-1);
  const isRecorded = last !== undefined && isRecordedBy(contract, last);
  const problems: string[] = [];
  const notes: string[] = [];
  if (last?.schemaHash !== schemaHash) {
    problems.push(`its schema is not the last of ${path}: record it with ${command}`);
  } else if (!isRecorded) {
    const reason = last.terms === undefined ? 'are not recorded' : 'are not the last ones';
    problems.push(`its queue, service, deadline and limits ${reason} in ${path}: ${command}`);
  } else if (last.placeholder === true) {
    notes.push(`is still what the generator made, which does not count as published: ${command} ${name}`);
  }
  if (history?.retiredOn !== undefined) {
    problems.push(`it was retired on ${history.retiredOn} and is still in the catalogue: take it out`);
  }
  return { problems, notes, isRecorded };
}

function definitionErrorOf(contract: TaskContract): ContractDefinitionError | undefined {
  try {
    contract.violations(contract.example);
    return undefined;
  } catch (error) {
    if (!(error instanceof ContractDefinitionError)) throw error;
    return error;
  }
}
