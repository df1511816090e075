import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Catalogue,
  ContractDefinitionError,
  describeViolations,
  type TaskContract,
} from '@waybill/contract-kit';
import { readQueueFile } from '@waybill/google-config';
import { codeOwners } from '../documents/code-owners.ts';
import { contractDocuments } from '../documents/contract-documents.ts';
import { isCurrent } from '../documents/is-current.ts';
import { checkEvolution } from '../history/check-evolution.ts';
import type { ContractHistory } from '../history/contract-history.ts';
import { parseHistory, readHistoryFiles } from '../history/history-files.ts';
import { explainDefinitionError } from '../repository/explain-error.ts';
import { namesOf } from '../scaffold/contract-names.ts';

/** A problem of a contract or of the files that belong to it. */
export interface CatalogueProblem {
  /** The broken rule. CONTRIBUTING.md lists them. */
  readonly rule:
    | 'handler-missing'
    | 'test-missing'
    | 'owner-missing'
    | 'queue-unknown'
    | 'queue-on-lines'
    | 'example-invalid'
    | 'schema-invalid'
    | 'history-wrong'
    | 'history-missing'
    | 'change-breaking'
    | 'page-stale';
  readonly message: string;
}

const HANDLERS = 'apps/worker/src/tasks';

/**
 * Checks the catalogue against its repository: handlers, tests, queues, history and pages.
 * @param published the histories that count as published; undefined where that is not known
 */
export function checkCatalogue(
  rootDir: string,
  catalogue: Catalogue,
  published?: readonly ContractHistory[],
): CatalogueProblem[] {
  const queueFile = join(rootDir, 'queue-config/queues.yaml');
  const queues = readQueueFile(queueFile).queues.map(({ name }) => name);
  const table = join(rootDir, HANDLERS, 'index.ts');
  const handlers = existsSync(table) ? readFileSync(table, 'utf8') : '';
  return [
    ...catalogue.contracts.flatMap((contract) => [
      ...schemaProblems(rootDir, contract),
      ...ownerProblems(contract),
      ...queueProblems(contract, queues),
      ...(catalogue.newest(contract.name) === contract ? handlerProblems(rootDir, contract, handlers) : []),
    ]),
    ...queueLineProblems(readFileSync(queueFile, 'utf8')),
    ...historyProblems(rootDir, catalogue, published),
    ...[...contractDocuments(catalogue), codeOwners(rootDir, catalogue)]
      .filter((document) => !isCurrent(rootDir, document))
      .map(({ path }) => ({
        rule: 'page-stale' as const,
        message: `${path} is not what the contracts say now: npm run contracts:docs`,
      })),
  ];
}

function subjectOf({ name, version }: TaskContract): string {
  return `${name} v${version}`;
}

function schemaProblems(rootDir: string, contract: TaskContract): CatalogueProblem[] {
  try {
    const violations = contract.violations(contract.example);
    if (violations.length === 0) return [];
    const message = `${subjectOf(contract)}: its example breaks its schema: ${describeViolations(violations)}`;
    return [{ rule: 'example-invalid', message }];
  } catch (error) {
    if (!(error instanceof ContractDefinitionError)) throw error;
    return explainDefinitionError(error, rootDir).map((message) => ({ rule: 'schema-invalid', message }));
  }
}

function ownerProblems(contract: TaskContract): CatalogueProblem[] {
  if (contract.owner !== undefined) return [];
  const message = `${subjectOf(contract)}: it has no owner: write "owner: '@waybill/payments'" into its definition, then npm run contracts:docs`;
  return [{ rule: 'owner-missing', message }];
}

function queueProblems(contract: TaskContract, queues: readonly string[]): CatalogueProblem[] {
  if (queues.includes(contract.queue)) return [];
  const message = `${subjectOf(contract)}: there is no queue "${contract.queue}" in queue-config/queues.yaml; there are ${queues.join(', ')}`;
  return [{ rule: 'queue-unknown', message }];
}

/** Queues on several lines: Git would keep a common line of two added queues once, and take it from one of them. */
function queueLineProblems(text: string): CatalogueProblem[] {
  const lines = text.split('\n');
  const line = lines.findIndex((content) => /^ {3,}[^\s#]/.test(content)) + 1;
  if (line === 0) return [];
  const message = `queue-config/queues.yaml:${line}: write each queue on one line, as  - { name: letters, rateLimits: { … } }`;
  return [{ rule: 'queue-on-lines', message }];
}

function handlerProblems(rootDir: string, contract: TaskContract, table: string): CatalogueProblem[] {
  if (contract.service !== 'worker') return [];
  const { kebab, camel, pascal } = namesOf(contract.name);
  const problems: CatalogueProblem[] = [];
  const file = `${HANDLERS}/${kebab}.ts`;
  if (!existsSync(join(rootDir, file))) {
    problems.push({ rule: 'handler-missing', message: `${subjectOf(contract)}: there is no ${file}` });
  } else if (!new RegExp(`\\b${camel}: create${pascal}\\(`).test(table)) {
    const message = `${subjectOf(contract)}: ${HANDLERS}/index.ts lacks "${camel}: create${pascal}(dependencies)"`;
    problems.push({ rule: 'handler-missing', message });
  }
  const test = `${HANDLERS}/${kebab}.test.ts`;
  if (!existsSync(join(rootDir, test))) {
    problems.push({ rule: 'test-missing', message: `${subjectOf(contract)}: there is no ${test}` });
  }
  return problems;
}

function historyProblems(
  rootDir: string,
  catalogue: Catalogue,
  published: readonly ContractHistory[] | undefined,
): CatalogueProblem[] {
  const { histories, problems } = parseHistory(readHistoryFiles(rootDir));
  const report = checkEvolution(catalogue, histories, published);
  const wrong = [...problems, ...report.problems].map((message) => ({
    rule: 'history-wrong' as const,
    message,
  }));
  // An invalid definition is reported by its own rule.
  const compared = report.contracts.filter(({ definitionError }) => definitionError === undefined);
  const missing = compared.flatMap(({ contract, version, problems, verdict }) => [
    ...problems.map((problem) => ({
      rule: 'history-missing' as const,
      message: `${contract} v${version}: ${problem}`,
    })),
    ...(verdict === 'compatible'
      ? []
      : [
          {
            rule: 'change-breaking' as const,
            message: `${contract} v${version} ${verdict}: npm run contracts:check tells where and what instead`,
          },
        ]),
  ]);
  return [...wrong, ...missing];
}
