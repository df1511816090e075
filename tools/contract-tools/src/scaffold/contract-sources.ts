import type { ContractNames } from './contract-names.ts';

/** The properties of a new contract. */
export interface NewContract {
  readonly names: ContractNames;
  readonly description: string;
  /** As CODEOWNERS names it. */
  readonly owner: string;
  readonly queue: string;
  /** Whether the queue is added to queue-config/queues.yaml. */
  readonly isNewQueue: boolean;
  /** The service whose handler does it. */
  readonly service: string;
  /** 0: at once. */
  readonly delaySeconds: number;
  /** undefined for the default. */
  readonly deadlineSeconds: number | undefined;
}

/** The schema of a new contract. */
export const FIRST_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['id'],
  properties: {
    id: {
      type: 'string',
      pattern: '^[A-Za-z0-9_-]{1,100}$',
      description: 'The id of the task’s subject',
    },
  },
} as const;
export const FIRST_EXAMPLE = { id: 'example-1' } as const;

/** The source of `v1.ts`, the contract itself. */
export function contractSource(contract: NewContract): string {
  const { names, description, owner, queue, service, delaySeconds, deadlineSeconds } = contract;
  return `import { defineContract } from '@waybill/contract-kit';

export const ${names.camel}V1 = defineContract({
  name: '${names.kebab}',
  version: 1,
  description: ${JSON.stringify(description)},
  owner: '${owner}',
  queue: '${queue}',
  ${service === 'worker' ? '' : `service: '${service}',`}
  ${delaySeconds > 0 ? `delaySeconds: ${delaySeconds},` : ''}
  ${deadlineSeconds === undefined ? '' : `deadlineSeconds: ${deadlineSeconds},`}
  schema: ${JSON.stringify(FIRST_SCHEMA, null, 2)},
  example: ${JSON.stringify(FIRST_EXAMPLE)},
});
`;
}

/** The source of the contract folder's `index.ts`: its versions. */
export function versionsSource({ camel }: ContractNames): string {
  return `import type { ContractVersions } from '@waybill/contract-kit';
import { ${camel}V1 } from './v1.ts';

/** The newest version, for producers and the handler. */
export const ${camel} = ${camel}V1;

export const ${camel}Versions: ContractVersions = {
  contracts: [${camel}V1],
  upCasters: [],
};
`;
}

/** The source of the service's handler. It writes a document at first, so that its test can see its effect. */
export function handlerSource({ names, description }: NewContract): string {
  return `import type { Firestore } from '@google-cloud/firestore';
import { ${names.camel} } from '@waybill/task-contracts';
import { defineHandler, type TaskHandler } from '@waybill/task-runtime';

/** ${description} */
export function create${names.pascal}(dependencies: { readonly firestore: Firestore }): TaskHandler {
  return defineHandler(${names.camel}, {
    async handle({ id }, context) {
      // Put calls to providers here, each in a step: await context.step('name', (key, signal) => provider.call(…)).
      const done = dependencies.firestore.doc(\`${names.kebab}/\${id}\`);
      await context.finish(async (transaction) => {
        const times = ((await transaction.get(done)).get('times') as number | undefined) ?? 0;
        transaction.set(done, { times: times + 1, doneAt: transaction.now() });
      });
    },
  });
}
`;
}

/** The source of the handler's test: executed once, delivered twice, failed, killed at each point. */
export function handlerTestSource({ names, delaySeconds }: NewContract): string {
  const { camel, kebab, pascal } = names;
  const wait = delaySeconds > 0 ? `bed.advance(${camel}.delaySeconds * 1_000);` : '';
  const early =
    delaySeconds > 0
      ? `
  it('does not start before its delay is over', async () => {
    const taskId = await enqueue('early');
    bed.advance(${camel}.delaySeconds * 1_000 - 60_000);
    await bed.whenIdle();
    await bed.assertState(taskId, 'pending');
    assert.equal(await timesDone('early'), undefined);
  });
`
      : '';
  return `import assert from 'node:assert/strict';
import { ${camel} } from '@waybill/task-contracts';
import { startTaskTestBed, type TaskTestBed, withEachCrash } from '@waybill/task-testing';
import { create${pascal} } from './${kebab}.ts';

describe('${kebab}', () => {
  let bed: TaskTestBed;
  /** The error that replaces the handler's Firestore. */
  let failure: Error | undefined;

  before(async () => {
    const handler = create${pascal}({
      get firestore() {
        if (failure !== undefined) throw failure;
        return bed.firestore;
      },
    });
    bed = await startTaskTestBed({ handlers: [handler] });
  });
  after(() => bed.close());
  afterEach(() => {
    failure = undefined;
  });

  const enqueue = async (id: string): Promise<string> => {
    const { taskId } = await bed.client.transaction(async (transaction) =>
      transaction.enqueue(${camel}, { id }, { subject: \`${kebab}/\${id}\` }),
    );
    return taskId;
  };
  const whenDelivered = async (): Promise<void> => {
    ${wait}
    await bed.whenIdle();
  };
  const timesDone = async (id: string): Promise<unknown> =>
    (await bed.firestore.doc(\`${kebab}/\${id}\`).get()).get('times');

  it('takes effect once', async () => {
    const taskId = await enqueue('once');
    await whenDelivered();
    await bed.assertState(taskId, 'succeeded');
    assert.equal(await timesDone('once'), 1);
  });
${early}
  it('takes effect once when it is delivered twice', async () => {
    const taskId = await enqueue('twice');
    const responses = await Promise.all([bed.deliver(taskId), bed.deliver(taskId)]);
    assert.ok(responses.every(({ status }) => status === 200 || status === 409));
    await bed.whenIdle();
    assert.equal((await bed.deliver(taskId)).status, 200);
    assert.equal(await timesDone('twice'), 1);
  });

  it('retries after a failure', async () => {
    failure = new Error('the provider is unavailable');
    const taskId = await enqueue('later');
    await whenDelivered();
    const failed = await bed.record(taskId);
    assert.equal(failed.state, 'pending');
    assert.equal(failed.error?.message, 'the provider is unavailable');
    assert.equal(await timesDone('later'), undefined);
    failure = undefined;
    bed.advance(1_000);
    await bed.whenIdle();
    await bed.assertState(taskId, 'succeeded');
    assert.equal(await timesDone('later'), 1);
  });

  it('takes effect once wherever its worker is killed', async () => {
    await withEachCrash(bed, async ({ id }) => {
      const taskId = await enqueue(id);
      await whenDelivered();
      return async () => {
        await bed.assertState(taskId, 'succeeded');
        assert.equal(await timesDone(id), 1);
      };
    });
  });
});
`;
}

/** The source of the next version: a copy, for the team to change. */
export function nextVersionSource(source: string, camel: string, version: number): string {
  const renamed = source.replaceAll(`${camel}V${version}`, `${camel}V${version + 1}`);
  const counted = renamed.replace(`version: ${version},`, `version: ${version + 1},`);
  if (renamed === source || counted === renamed) {
    throw new Error(`Its source must hold "${camel}V${version}" and "version: ${version},"`);
  }
  return counted;
}

/** The source of `v1-to-v2.ts`: a stub, correct as long as the schemas are equal. */
export function upCasterSource(camel: string, version: number): string {
  const [from, to] = [`${camel}V${version}`, `${camel}V${version + 1}`];
  return `import { defineUpCaster } from '@waybill/contract-kit';
import { ${from} } from './v${version}.ts';
import { ${to} } from './v${version + 1}.ts';

/** Converts payloads of version ${version} to version ${version + 1}. The compiler reports missing members. */
export const ${from}ToV${version + 1} = defineUpCaster(${from}, ${to}, (payload) => ({ ...payload }));
`;
}

/** The source of the up-caster's test, with all recorded fixtures. */
export function upCasterTestSource({ camel, kebab }: ContractNames, version: number): string {
  const [from, to] = [`${camel}V${version}`, `${camel}V${version + 1}`];
  return `import assert from 'node:assert/strict';
import history from '../../../history/${kebab}/v${version}.json' with { type: 'json' };
import { ${from} } from './v${version}.ts';
import { ${from}ToV${version + 1} } from './v${version}-to-v${version + 1}.ts';
import { ${to} } from './v${version + 1}.ts';

describe('${kebab} v${version} to v${version + 1}', () => {
  it('converts the example', () => {
    assert.deepEqual(${from}ToV${version + 1}.convert(${from}.example), ${to}.example);
  });

  for (const { recordedOn, fixtures } of history.published) {
    for (const [index, payload] of fixtures.entries()) {
      it(\`converts payload \${index} of \${recordedOn} to version ${version + 1}\`, () => {
        assert.deepEqual(${to}.violations(${from}ToV${version + 1}.convert(payload)), []);
      });
    }
  }
});
`;
}
