import { type Catalogue, defineCatalogue, defineUntypedContract } from '@waybill/contract-kit';
import { codeOwnersOf } from '../../src/documents/code-owners.ts';
import { contractDocuments } from '../../src/documents/contract-documents.ts';
import { historyPath } from '../../src/history/contract-history.ts';
import { recordSchema } from '../../src/history/record-schema.ts';
import type { SourceFile } from '../../src/repository/source-file.ts';
import { namesOf } from '../../src/scaffold/contract-names.ts';
import {
  contractSource,
  FIRST_EXAMPLE,
  FIRST_SCHEMA,
  handlerSource,
  handlerTestSource,
  type NewContract,
  versionsSource,
} from '../../src/scaffold/contract-sources.ts';

/** The one whose tasks are sent again after a purge. */
const SURVIVOR = 'return-parcel';

const CONTRACTS: readonly NewContract[] = [
  ['fold-letter', 'letters', 0],
  ['post-letter', 'letters', 3_600],
  [SURVIVOR, 'parcels', 0],
].map(([name, queue, delaySeconds]) => ({
  names: namesOf(String(name)),
  description: `Does ${name}.`,
  owner: '@letters/post',
  queue: String(queue),
  isNewQueue: false,
  service: 'worker',
  delaySeconds: Number(delaySeconds),
  deadlineSeconds: undefined,
}));

/** Contracts of the tests' own. The application's may be replaced, and these tests stay as they are. */
export const letters: Catalogue = defineCatalogue(
  CONTRACTS.map(({ names, description, queue, delaySeconds }) =>
    defineUntypedContract({
      name: names.kebab,
      version: 1,
      description,
      owner: '@letters/post',
      queue,
      delaySeconds,
      ...(names.kebab === SURVIVOR && { survivesPurge: true }),
      schema: FIRST_SCHEMA,
      example: FIRST_EXAMPLE,
    }),
  ),
);

const CATALOGUE = `import { type Catalogue, type ContractVersions, defineCatalogue } from '@waybill/contract-kit';
import { queueShards } from './queue-shards.ts';
import * as registry from './registry.ts';

const versions: readonly ContractVersions[] = Object.values(registry).filter((value) => 'upCasters' in value);

export const catalogue: Catalogue = defineCatalogue(
  versions.flatMap(({ contracts }) => contracts),
  versions.flatMap(({ upCasters }) => upCasters),
  queueShards,
);
`;
const PACKAGE_INDEX =
  "export { catalogue } from './contracts/catalogue.ts';\nexport * from './contracts/registry.ts';\n";

/** The files of a repository with these contracts: sources, handlers, their tests, queues, histories and documents. */
export function lettersRepository(): SourceFile[] {
  const contracts = 'packages/task-contracts/src/contracts';
  const tasks = 'apps/worker/src/tasks';
  return [
    {
      path: 'apps/worker/app.yaml',
      text: 'runtime: nodejs24\nservice: worker\nentrypoint: node src/main.ts\n',
    },
    {
      path: 'cron.yaml',
      text: 'cron:\n  - url: /cron/sweep\n    target: worker\n    schedule: every 1 minutes\n',
    },
    { path: 'queue-config/queues.yaml', text: 'queues:\n  - name: letters\n  - name: parcels\n' },
    { path: 'packages/task-contracts/src/index.ts', text: PACKAGE_INDEX },
    { path: `${contracts}/queue-shards.ts`, text: 'export const queueShards = {};\n' },
    { path: `${contracts}/catalogue.ts`, text: CATALOGUE },
    {
      path: `${contracts}/registry.ts`,
      text: CONTRACTS.map(({ names }) => `export * from './${names.kebab}/index.ts';\n`).join(''),
    },
    { path: '.github/CODEOWNERS', text: codeOwnersOf(letters, '* @letters/all\n').text },
    { path: `${tasks}/index.ts`, text: handlerTable() },
    ...CONTRACTS.flatMap((contract) => {
      const { kebab } = contract.names;
      const source = contractSource(contract);
      return [
        {
          path: `${contracts}/${kebab}/v1.ts`,
          text: kebab === SURVIVOR ? source.replace(/\n {2}schema:/, '\n  survivesPurge: true,$&') : source,
        },
        { path: `${contracts}/${kebab}/index.ts`, text: versionsSource(contract.names) },
        { path: `${tasks}/${kebab}.ts`, text: handlerSource(contract) },
        { path: `${tasks}/${kebab}.test.ts`, text: handlerTestSource(contract) },
      ];
    }),
    ...letters.contracts.map((contract) => ({
      path: historyPath(contract.name, contract.version),
      text: JSON.stringify(recordSchema(contract, { published: undefined, today: '2026-01-01' }), null, 2),
    })),
    ...contractDocuments(letters),
  ];
}

function handlerTable(): string {
  const each = (line: (contract: NewContract) => string): string => CONTRACTS.map(line).join('\n');
  return `import type { Firestore } from '@google-cloud/firestore';
import type { ContractNameOf } from '@waybill/contract-kit';
import type * as contracts from '@waybill/task-contracts';
import type { TaskHandler } from '@waybill/task-runtime';
${each(({ names }) => `import { create${names.pascal} } from './${names.kebab}.ts';`)}

interface TaskDependencies {
  readonly firestore: Firestore;
}

export function createTaskHandlers(dependencies: TaskDependencies): readonly TaskHandler[] {
  const newest = {
${each(({ names }) => `    ${names.camel}: create${names.pascal}(dependencies),`)}
  } satisfies Record<ContractNameOf<typeof contracts, 'worker'>, TaskHandler>;
  return Object.values(newest);
}
`;
}
