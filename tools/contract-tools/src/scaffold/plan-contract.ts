import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Catalogue,
  defineCatalogue,
  defineUntypedContract,
  defineUpCaster,
  isContractName,
  type TaskContract,
} from '@waybill/contract-kit';
import { codeOwners } from '../documents/code-owners.ts';
import { contractDocuments } from '../documents/contract-documents.ts';
import { isCurrent } from '../documents/is-current.ts';
import { HISTORY_FOLDER, historyPath } from '../history/contract-history.ts';
import { recordSchema } from '../history/record-schema.ts';
import { formatSources } from '../repository/format-sources.ts';
import type { SourceFile } from '../repository/source-file.ts';
import { namesOf } from './contract-names.ts';
import {
  contractSource,
  FIRST_EXAMPLE,
  FIRST_SCHEMA,
  handlerSource,
  handlerTestSource,
  type NewContract,
  nextVersionSource,
  upCasterSource,
  upCasterTestSource,
  versionsSource,
} from './contract-sources.ts';
import { withContract, withHandler, withNextVersion, withQueue } from './edit-sources.ts';
import { handlersFolder, handlerTable, serviceFolder } from './handler-paths.ts';
import { planService } from './plan-service.ts';

const CONTRACTS = 'packages/task-contracts/src/contracts';
const REGISTRY = `${CONTRACTS}/registry.ts`;
const PACKAGE_INDEX = 'packages/task-contracts/src/index.ts';
/** A contract's sources import names from this file beside the contract's own. */
const CONTRACT_KIT_INDEX = 'packages/contract-kit/src/index.ts';
const QUEUE_FILE = 'queue-config/queues.yaml';

/** The repository to change, and the date. */
export interface Workplace {
  readonly rootDir: string;
  readonly catalogue: Catalogue;
  /** As `2026-11-21`. */
  readonly today: string;
}

/** Thrown for a contract that cannot be created, with all problems. Nothing was written. */
export class NewContractError extends Error {
  override readonly name = 'NewContractError';
  readonly code = 'CONTRACT_NOT_MADE';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`Nothing was written:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/**
 * Checks a name for a new contract.
 * @returns all problems; none if the name is free
 */
export function nameProblems({ rootDir, catalogue }: Workplace, kebab: string, service: string): string[] {
  if (!isContractName(kebab)) {
    return [`the name must be kebab case and at most 60 characters, as send-sms-reminder, got "${kebab}"`];
  }
  if (!kebab.includes('-')) {
    return [`the name must say what is done to what, as send-sms-reminder, got "${kebab}"`];
  }
  if (/-(?:v\d+|versions)$/.test(kebab)) {
    return [
      `the name must not end like the name of a version, got "${kebab}"; for a next version: --next-version`,
    ];
  }
  const services = [...new Set([...catalogue.services, service])];
  const present = [
    `${CONTRACTS}/${kebab}`,
    ...services.map((one) => `${handlersFolder(one)}/${kebab}.ts`),
    `${HISTORY_FOLDER}/${kebab}`,
  ].filter((path) => existsSync(join(rootDir, path)));
  if (present.length > 0) {
    return [
      `there is or was a contract ${kebab} already (${present.join(', ')}); for its next version: npm run new:contract -- ${kebab} --next-version`,
    ];
  }
  const { camel, pascal } = namesOf(kebab);
  const tables = services.map(handlerTable).filter((path) => existsSync(join(rootDir, path)));
  const taken = [PACKAGE_INDEX, CONTRACT_KIT_INDEX, ...tables].filter((path) => {
    const words = new Set(readFileSync(join(rootDir, path), 'utf8').match(/\w+/g));
    return [camel, `${camel}V1`, `create${pascal}`].some((name) => words.has(name));
  });
  return taken.length > 0 ? [`the name ${camel} means something else in ${taken.join(', ')}`] : [];
}

/**
 * Checks the service of a new contract.
 * @param isNew whether the service is to be made
 * @returns all problems; none if it is there, or can be made
 */
export function serviceProblems({ rootDir }: Workplace, service: string, isNew: boolean): string[] {
  if (!isContractName(service) || service === 'default') {
    return [`--service must be kebab case, and not "default", got "${service}"`];
  }
  const folder = serviceFolder(service);
  if (isNew) {
    return existsSync(join(rootDir, folder)) ? [`${folder} is there already: leave --new-service out`] : [];
  }
  if (existsSync(join(rootDir, handlerTable(service)))) return [];
  return [
    `there is no service "${service}" that does tasks (no ${handlerTable(service)}); to make it: --new-service`,
  ];
}

/** The files of a new contract, including the existing ones that change. With `newService`, also those of its service. */
export function planContract(
  workplace: Workplace,
  contract: NewContract & { readonly newService: boolean },
): SourceFile[] {
  const { rootDir, catalogue, today } = workplace;
  const { names, description, owner, queue, isNewQueue, service, newService } = contract;
  const { delaySeconds, deadlineSeconds } = contract;
  const handlers = handlersFolder(service);
  const table = handlerTable(service);
  const made = defineUntypedContract({
    name: names.kebab,
    version: 1,
    description,
    owner,
    queue,
    service,
    delaySeconds,
    ...(deadlineSeconds !== undefined && { deadlineSeconds }),
    schema: FIRST_SCHEMA,
    example: FIRST_EXAMPLE,
  });
  const sources = [
    { path: `${CONTRACTS}/${names.kebab}/v1.ts`, text: contractSource(contract) },
    { path: `${CONTRACTS}/${names.kebab}/index.ts`, text: versionsSource(names) },
    { path: REGISTRY, text: withContract(read(rootDir, REGISTRY), names) },
    { path: `${handlers}/${names.kebab}.ts`, text: handlerSource(contract) },
    { path: `${handlers}/${names.kebab}.test.ts`, text: handlerTestSource(contract) },
    ...(newService
      ? planService(rootDir, { service, contract: names })
      : [{ path: table, text: withHandler(read(rootDir, table), names) }]),
    historyOf(made, today),
    ...(isNewQueue ? [{ path: QUEUE_FILE, text: withQueue(read(rootDir, QUEUE_FILE), queue) }] : []),
  ];
  const next = defineCatalogue([...catalogue.contracts, made], upCastersOf(catalogue));
  return [...formatSources(rootDir, sources), ...changedDocuments(rootDir, next)];
}

/**
 * The files of the next version of a contract: a copy of the newest version, an up-caster and its test.
 * @throws {NewContractError} if there is no such contract, or one of the files exists already
 */
export function planNextVersion({ rootDir, catalogue, today }: Workplace, kebab: string): SourceFile[] {
  const newest = catalogue.newest(kebab);
  if (newest === undefined) {
    const known = [...new Set(catalogue.contracts.map(({ name }) => name))].sort();
    throw new NewContractError([`there is no contract "${kebab}"; there are ${known.join(', ')}`]);
  }
  const names = namesOf(kebab);
  const { version } = newest;
  const folder = `${CONTRACTS}/${kebab}`;
  const versions = `${folder}/index.ts`;
  const copy: TaskContract = nextOf(newest);
  const sources = [
    {
      path: `${folder}/v${version + 1}.ts`,
      text: nextVersionSource(read(rootDir, `${folder}/v${version}.ts`), names.camel, version),
    },
    { path: `${folder}/v${version}-to-v${version + 1}.ts`, text: upCasterSource(names.camel, version) },
    { path: `${folder}/v${version}-to-v${version + 1}.test.ts`, text: upCasterTestSource(names, version) },
    { path: versions, text: withNextVersion(read(rootDir, versions), names, version) },
    historyOf(copy, today),
  ];
  const taken = sources.filter(({ path }) => path !== versions && existsSync(join(rootDir, path)));
  if (taken.length > 0) {
    throw new NewContractError([`there is already ${taken.map(({ path }) => path).join(', ')}`]);
  }
  const upCaster = defineUpCaster(newest, copy, (payload) => payload);
  const next = defineCatalogue([...catalogue.contracts, copy], [...upCastersOf(catalogue), upCaster]);
  return [...formatSources(rootDir, sources), ...changedDocuments(rootDir, next)];
}

/** The next version of a contract, with the same properties. */
function nextOf(contract: TaskContract): TaskContract {
  const {
    path: _path,
    schemaHash: _hash,
    violations: _violations,
    parse: _parse,
    subjectOf: _subjectOf,
    subject,
    owner,
    ...definition
  } = contract;
  return defineUntypedContract({
    ...definition,
    ...(subject !== undefined && { subject }),
    ...(owner !== undefined && { owner }),
    version: contract.version + 1,
  });
}

function upCastersOf(catalogue: Catalogue) {
  return catalogue.contracts.flatMap(({ name, version }) => catalogue.upCasterFrom(name, version) ?? []);
}

function historyOf(contract: TaskContract, today: string): SourceFile {
  const history = recordSchema(contract, { published: undefined, today, placeholder: true });
  return { path: historyPath(contract.name, contract.version), text: JSON.stringify(history, null, 2) };
}

function changedDocuments(rootDir: string, catalogue: Catalogue): SourceFile[] {
  const documents = [...contractDocuments(catalogue), codeOwners(rootDir, catalogue)];
  return documents.filter((document) => !isCurrent(rootDir, document));
}

function read(rootDir: string, path: string): string {
  return readFileSync(join(rootDir, path), 'utf8');
}
