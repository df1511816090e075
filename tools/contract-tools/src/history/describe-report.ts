import type { DifferenceKind, Role } from '@waybill/schema-evolution';
import { explainDefinitionError } from '../repository/explain-error.ts';
import type { ContractReport, EvolutionReport } from './check-evolution.ts';
import type { HistoricalFinding } from './judge-schema.ts';

/** In characters. Longer examples are cut. */
const MAX_EXAMPLE_LENGTH = 300;

/** The report as lines for a terminal, contract by contract, with advice. */
export function describeReport(report: EvolutionReport, rootDir: string): string[] {
  const lines = report.contracts.flatMap((contract) => describeContract(contract, rootDir));
  return [...lines, ...report.problems.map((problem) => `history: ${problem}`)];
}

/** Whether the check passes: all contracts are compatible, and there are no problems. */
export function isPassing({ contracts, problems }: EvolutionReport): boolean {
  return problems.length === 0 && contracts.every(isContractPassing);
}

/** Whether the check of one contract passes: it is compatible, and there are no problems. */
export function isContractPassing({ verdict, problems }: ContractReport): boolean {
  return verdict === 'compatible' && problems.length === 0;
}

function describeContract(report: ContractReport, rootDir: string): string[] {
  if (report.definitionError !== undefined) {
    const lines = explainDefinitionError(report.definitionError, rootDir);
    return [`${report.contract} v${report.version}: not valid`, ...lines.map((line) => `  ${line}`)];
  }
  const verdict =
    report.verdict === 'needs a migration' ? 'needs a migration (new version and up-caster)' : report.verdict;
  return [
    `${report.contract} v${report.version}: ${verdict}`,
    ...report.findings.flatMap((finding) => describeFinding(report, finding)),
    ...report.problems.map((problem) => `  ${problem}`),
    ...report.notes.map((note) => `  ${note}`),
  ];
}

function describeFinding(report: ContractReport, finding: HistoricalFinding): string[] {
  const { role, against, violations } = finding;
  const since = `the schema published on ${against.recordedOn} (${against.schemaHash.slice(0, 8)})`;
  const who =
    role === 'reader'
      ? `A worker would no longer read what may still be sent by ${since}:`
      : `A worker that is rolled back to ${since} would not read what is sent now:`;
  return [
    `  ${who}`,
    ...violations.flatMap(({ kind, pointer, message, example }) => [
      `    at ${pointer || '/'} (${role === 'reader' ? 'of the new schema' : 'of the published one'}): ${message}`,
      example === undefined
        ? '      could not be decided: no payload was found that shows it, and no proof that there is none'
        : `      for example ${shown(example)}`,
      `      instead: ${adviceFor(kind, role, report.contract)}`,
    ]),
  ];
}

function shown(example: unknown): string {
  const text = JSON.stringify(example);
  return text.length > MAX_EXAMPLE_LENGTH
    ? `${text.slice(0, MAX_EXAMPLE_LENGTH)}… (${text.length} characters)`
    : text;
}

const READER_ADVICE: Partial<Record<DifferenceKind, string>> = {
  required: 'leave it optional and handle its absence',
  closed: 'keep the member, optional, and ignore it in the handler',
  type: 'keep accepting the old type beside the new one',
  values: 'keep the old values, and handle them',
  undecidable: 'write it with keywords that can be compared',
};

/** The advice for a change that breaks a role. */
function adviceFor(kind: DifferenceKind, role: Role, contract: string): string {
  const command = `npm run new:contract -- ${contract} --next-version`;
  if (role === 'writer') {
    return `${command}, or widen it by an optional member only`;
  }
  const keep = READER_ADVICE[kind] ?? 'leave the condition as wide as it was';
  return `${keep}; or ${command}, with an up-caster`;
}
