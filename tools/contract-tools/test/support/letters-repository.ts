import { type Catalogue, defineCatalogue, defineUntypedContract } from '@waybill/contract-kit';
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
  queue: String(queue),
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
      queue,
      delaySeconds,
      ...(names.kebab === SURVIVOR && { survivesPurge: true }),
      schema: FIRST_SCHEMA,
      example: FIRST_EXAMPLE,
    }),
  ),
);

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
    { path: 'packages/task-contracts/src/index.ts', text: packageIndex() },
    { path: `${contracts}/queue-shards.ts`, text: 'export const queueShards = {};\n' },
    { path: `${contracts}/catalogue.ts`, text: catalogueSource() },
    { path: `${tasks}/index.ts`, text: handlerTable() },
    ...CONTRACTS.flatMap((contract) => {
      const { kebab } = contract.names;
      const source = contractSource(contract);
      return [
        {
          path: `${contracts}/${kebab}/v1.ts`,
          text: kebab === SURVIVOR ? source.replace(/\n {2}schema:/, '\n  survivesPurge: true,$&') : source,
        },
        { path: `${tasks}/${kebab}.ts`, text: handlerSource(contract) },
        { path: `${tasks}/${kebab}.test.ts`, text: handlerTestSource(contract) },
      ];
    }),
    ...letters.contracts.map((contract) => ({
      path: historyPath(contract.name, contract.version),
      text: JSON.stringify(
        recordSchema(contract, { published: undefined, today: '2026-01-01', placeholder: true }),
        null,
        2,
      ),
    })),
    ...contractDocuments(letters),
  ];
}

function packageIndex(): string {
  const names = CONTRACTS.map(({ names }) => names.camel).join(', ');
  return `export { catalogue, ${names} } from './contracts/catalogue.ts';\n`;
}

function catalogueSource(): string {
  const each = (line: (contract: NewContract) => string): string => CONTRACTS.map(line).join('\n');
  return `import { type Catalogue, defineCatalogue } from '@waybill/contract-kit';
${each(({ names }) => `import { ${names.camel}V1 } from './${names.kebab}/v1.ts';`)}
import { queueShards } from './queue-shards.ts';

${each(({ names }) => `export const ${names.camel} = ${names.camel}V1;`)}

export const catalogue: Catalogue = defineCatalogue(
  [
${each(({ names }) => `    ${names.camel}V1,`)}
  ],
  [],
  queueShards,
);
`;
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
