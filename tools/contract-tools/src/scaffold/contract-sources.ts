import type { ContractNames } from './contract-names.ts';

/** What a new contract is made of. */
export interface NewContract {
  readonly names: ContractNames;
  readonly description: string;
  readonly queue: string;
  /** 0: at once. */
  readonly delaySeconds: number;
  /** Undefined: the default. */
  readonly deadlineSeconds: number | undefined;
}

/** The schema that a contract begins with. */
export const FIRST_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['id'],
  properties: {
    id: {
      type: 'string',
      pattern: '^[A-Za-z0-9_-]{1,100}$',
      description: 'What the task is about',
    },
  },
} as const;
export const FIRST_EXAMPLE = { id: 'example-1' } as const;

/** `v1.ts`: the contract itself. */
export function contractSource(contract: NewContract): string {
  const { names, description, queue, delaySeconds, deadlineSeconds } = contract;
  return `import { defineContract } from '@waybill/contract-kit';

export const ${names.camel}V1 = defineContract({
  name: '${names.kebab}',
  version: 1,
  description: ${JSON.stringify(description)},
  queue: '${queue}',
  ${delaySeconds > 0 ? `delaySeconds: ${delaySeconds},` : ''}
  ${deadlineSeconds === undefined ? '' : `deadlineSeconds: ${deadlineSeconds},`}
  schema: ${JSON.stringify(FIRST_SCHEMA, null, 2)},
  example: ${JSON.stringify(FIRST_EXAMPLE)},
});
`;
}

/** The worker's handler. What it does for the moment is a write of its own, so that its test can see its effect. */
export function handlerSource({ names, description }: NewContract): string {
  return `import type { Firestore } from '@google-cloud/firestore';
import { ${names.camel} } from '@waybill/task-contracts';
import { defineHandler, type TaskHandler } from '@waybill/task-runtime';

/** ${description} */
export function create${names.pascal}(dependencies: { readonly firestore: Firestore }): TaskHandler {
  return defineHandler(${names.camel}, {
    async handle({ id }, context) {
      // Calls to the outside go here, each in a step: await context.step('name', (key, signal) => provider.call(…)).
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

/** The handler's test: done once, delivered twice, fails, killed anywhere. */
export function handlerTestSource({ names, delaySeconds }: NewContract): string {
  const { camel, kebab, pascal } = names;
  const wait = delaySeconds > 0 ? `bed.advance(${camel}.delaySeconds * 1_000);` : '';
  const early =
    delaySeconds > 0
      ? `
  it('is not done before its delay is over', async () => {
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
  /** What the handler meets instead of Firestore. */
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

  it('is done once', async () => {
    const taskId = await enqueue('once');
    await whenDelivered();
    await bed.assertState(taskId, 'succeeded');
    assert.equal(await timesDone('once'), 1);
  });
${early}
  it('has one effect when it is delivered twice', async () => {
    const taskId = await enqueue('twice');
    const answers = await Promise.all([bed.deliver(taskId), bed.deliver(taskId)]);
    assert.ok(answers.every(({ status }) => status === 200 || status === 409));
    await bed.whenIdle();
    assert.equal((await bed.deliver(taskId)).status, 200);
    assert.equal(await timesDone('twice'), 1);
  });

  it('is tried again when it fails', async () => {
    failure = new Error('a provider is away');
    const taskId = await enqueue('later');
    await whenDelivered();
    const failed = await bed.record(taskId);
    assert.equal(failed.state, 'pending');
    assert.equal(failed.error?.message, 'a provider is away');
    assert.equal(await timesDone('later'), undefined);
    failure = undefined;
    bed.advance(1_000);
    await bed.whenIdle();
    await bed.assertState(taskId, 'succeeded');
    assert.equal(await timesDone('later'), 1);
  });

  it('has one effect wherever its worker is killed', async () => {
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

/** The source of the next version: a copy, to be changed. */
export function nextVersionSource(source: string, camel: string, version: number): string {
  const renamed = source.replaceAll(`${camel}V${version}`, `${camel}V${version + 1}`);
  const counted = renamed.replace(`version: ${version},`, `version: ${version + 1},`);
  if (renamed === source || counted === renamed) {
    throw new Error(`Its source must hold "${camel}V${version}" and "version: ${version},"`);
  }
  return counted;
}

/** `v1-to-v2.ts`: a stub, right as long as the schemas are the same. */
export function upCasterSource(camel: string, version: number): string {
  const [from, to] = [`${camel}V${version}`, `${camel}V${version + 1}`];
  return `import { defineUpCaster } from '@waybill/contract-kit';
import { ${from} } from './v${version}.ts';
import { ${to} } from './v${version + 1}.ts';

/** What was enqueued as version ${version}, as version ${version + 1} has it. The compiler says what is missing. */
export const ${from}ToV${version + 1} = defineUpCaster(${from}, ${to}, (payload) => ({ ...payload }));
`;
}

/** The up-caster's test: over all that is known to have been sent. */
export function upCasterTestSource({ camel, kebab }: ContractNames, version: number): string {
  const [from, to] = [`${camel}V${version}`, `${camel}V${version + 1}`];
  return `import assert from 'node:assert/strict';
import history from '../../../history/${kebab}/v${version}.json' with { type: 'json' };
import { ${from} } from './v${version}.ts';
import { ${from}ToV${version + 1} } from './v${version}-to-v${version + 1}.ts';
import { ${to} } from './v${version + 1}.ts';

describe('${kebab} v${version} to v${version + 1}', () => {
  it('turns the one example into the other', () => {
    assert.deepEqual(${from}ToV${version + 1}.convert(${from}.example), ${to}.example);
  });

  for (const { recordedOn, fixtures } of history.published) {
    for (const [index, payload] of fixtures.entries()) {
      it(\`turns payload \${index} of \${recordedOn} into one of version ${version + 1}\`, () => {
        assert.deepEqual(${to}.violations(${from}ToV${version + 1}.convert(payload)), []);
      });
    }
  }
});
`;
}
