import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Catalogue,
  ContractDefinitionError,
  describeViolations,
  type TaskContract,
} from '@waybill/contract-kit';
import { readAppYaml, readCronYaml, readQueueFile } from '@waybill/google-config';
import { codeOwners } from '../documents/code-owners.ts';
import { contractDocuments } from '../documents/contract-documents.ts';
import { isCurrent } from '../documents/is-current.ts';
import { checkEvolution } from '../history/check-evolution.ts';
import type { ContractHistory } from '../history/contract-history.ts';
import { parseHistory, readHistoryFiles } from '../history/history-files.ts';
import { explainDefinitionError } from '../repository/explain-error.ts';
import { namesOf } from '../scaffold/contract-names.ts';
import { handlersFolder, handlerTable, serviceFolder } from '../scaffold/handler-paths.ts';

/** A problem of a contract or of the files that belong to it. */
export interface CatalogueProblem {
  /** The broken rule. CONTRIBUTING.md lists them. */
  readonly rule:
    | 'service-missing'
    | 'sweep-missing'
    | 'handler-missing'
    | 'handler-misplaced'
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

const SWEEP_PATH = '/cron/sweep';

/**
 * Checks the catalogue against its repository: services, handlers, tests, queues, history and pages.
 * @param published the histories that count as published; undefined where that is not known
 */
export function checkCatalogue(
  rootDir: string,
  catalogue: Catalogue,
  published?: readonly ContractHistory[],
): CatalogueProblem[] {
  const queueFile = join(rootDir, 'queue-config/queues.yaml');
  const queues = readQueueFile(queueFile).queues.map(({ name }) => name);
  return [
    ...catalogue.services.flatMap((service) => serviceProblems(rootDir, service)),
    ...catalogue.contracts.flatMap((contract) => [
      ...schemaProblems(rootDir, contract),
      ...ownerProblems(contract),
      ...queueProblems(contract, queues),
      ...(newestOfService(catalogue, contract) === contract ? handlerProblems(rootDir, contract) : []),
    ]),
    ...queueLineProblems(readFileSync(queueFile, 'utf8')),
    ...misplacedHandlers(rootDir, catalogue),
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

/** The newest version of a contract that its own service does: an older one may have stayed with another service. */
function newestOfService(catalogue: Catalogue, { name, service }: TaskContract): TaskContract | undefined {
  return catalogue
    .ofService(service)
    .filter((contract) => contract.name === name)
    .sort((one, other) => one.version - other.version)
    .at(-1);
}

function serviceProblems(rootDir: string, service: string): CatalogueProblem[] {
  const folder = serviceFolder(service);
  const appYaml = join(rootDir, folder, 'app.yaml');
  const problems: CatalogueProblem[] = [];
  if (!existsSync(appYaml)) {
    const message = `there is no ${folder}/app.yaml, and there are contracts of the service "${service}"; npm run new:contract -- NAME --service ${service} --new-service makes a service`;
    problems.push({ rule: 'service-missing', message });
  } else if (readAppYaml(appYaml).service !== service) {
    const message = `${folder}/app.yaml must be of the service "${service}", for its contracts are`;
    problems.push({ rule: 'service-missing', message });
  }
  const cronYaml = join(rootDir, 'cron.yaml');
  const jobs = existsSync(cronYaml) ? readCronYaml(cronYaml) : [];
  if (!jobs.some(({ url, target }) => url === SWEEP_PATH && target === service)) {
    const message = `cron.yaml has no job for ${SWEEP_PATH} with the target "${service}": nobody would send or give up its lost tasks`;
    problems.push({ rule: 'sweep-missing', message });
  }
  return problems;
}

/** Handlers in the folder of a service that does not do their contract. */
function misplacedHandlers(rootDir: string, catalogue: Catalogue): CatalogueProblem[] {
  const names = [...new Set(catalogue.contracts.map(({ name }) => name))];
  return names.flatMap((name) => {
    const own = catalogue.contracts
      .filter((contract) => contract.name === name)
      .map(({ service }) => service);
    return catalogue.services
      .filter((service) => !own.includes(service))
      .map((service) => `${handlersFolder(service)}/${name}.ts`)
      .filter((path) => existsSync(join(rootDir, path)))
      .map((path) => ({
        rule: 'handler-misplaced' as const,
        message: `${path}: ${name} is done by the service "${own.join('", "')}"; move it to ${own.map(handlersFolder).join(', ')}`,
      }));
  });
}

function handlerProblems(rootDir: string, contract: TaskContract): CatalogueProblem[] {
  const handlers = handlersFolder(contract.service);
  const tablePath = handlerTable(contract.service);
  const tableFile = join(rootDir, tablePath);
  const table = existsSync(tableFile) ? readFileSync(tableFile, 'utf8') : '';
  const { kebab, camel, pascal } = namesOf(contract.name);
  const problems: CatalogueProblem[] = [];
  const file = `${handlers}/${kebab}.ts`;
  if (!existsSync(join(rootDir, file))) {
    problems.push({ rule: 'handler-missing', message: `${subjectOf(contract)}: there is no ${file}` });
  } else if (!new RegExp(`\\b${camel}: create${pascal}\\(`).test(table)) {
    const message = `${subjectOf(contract)}: ${tablePath} lacks "${camel}: create${pascal}(dependencies)"`;
    problems.push({ rule: 'handler-missing', message });
  }
  const test = `${handlers}/${kebab}.test.ts`;
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
