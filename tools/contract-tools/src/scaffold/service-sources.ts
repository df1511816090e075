import type { ContractNames } from './contract-names.ts';

/** The source of `src/main.ts`: all that starts the service. */
export function mainSource(service: string): string {
  return `import { beginConfig, startService } from '@waybill/service-kit';
import { loadTaskServiceConfig } from '@waybill/task-runtime/settings';

const begun = beginConfig('${service}', process.env, (env) => loadTaskServiceConfig('${service}', env));
await startService({
  config: begun,
  process,
  // Imported with the first request: Google's clients take most of a start.
  load: async (parts) => {
    const [config, { loadTaskService }, { catalogue }, { createTaskHandlers }] = await Promise.all([
      begun.complete(),
      import('@waybill/task-runtime'),
      import('@waybill/task-contracts'),
      import('./tasks/index.ts'),
    ]);
    return loadTaskService({ ...parts, config, catalogue, handlers: createTaskHandlers });
  },
});
`;
}

/** The source of `src/tasks/index.ts`, the table of handlers. */
export function handlerTableSource(service: string, { kebab, camel, pascal }: ContractNames): string {
  return `import type { Firestore } from '@google-cloud/firestore';
import type { ContractNameOf } from '@waybill/contract-kit';
import type * as contracts from '@waybill/task-contracts';
import type { TaskHandler } from '@waybill/task-runtime';
import { create${pascal} } from './${kebab}.ts';

/** What the handlers work with. */
export interface TaskDependencies {
  readonly firestore: Firestore;
}

/** The handlers of this service's contracts. One that is missing does not compile, nor does one of another service. */
export function createTaskHandlers(dependencies: TaskDependencies): readonly TaskHandler[] {
  const newest = {
    ${camel}: create${pascal}(dependencies),
  } satisfies Record<ContractNameOf<typeof contracts, '${service}'>, TaskHandler>;
  return Object.values(newest);
}
`;
}

/** The source of `src/main.test.ts`: the process starts, serves, refuses strangers and ends. */
export function mainTestSource(service: string, { kebab }: ContractNames): string {
  return `import assert from 'node:assert/strict';
import { findFreePort } from '@waybill/emulator-kit';
import { startFirestoreEmulator } from '@waybill/firestore-emulator';
import { refusedServiceProcess, runServiceProcess } from '@waybill/service-kit/testing';

const main = new URL('./main.ts', import.meta.url);

describe('main.ts of ${service}', () => {
  it('serves, does tasks for Cloud Tasks alone, and ends well', async () => {
    const firestore = await startFirestoreEmulator({ port: 0 });
    const environment = {
      PORT: String(await findFreePort()),
      GOOGLE_CLOUD_PROJECT: 'demo',
      GAE_ENV: 'standard',
      TASKS_LOCATION: 'us-central1',
      FIRESTORE_EMULATOR_HOST: \`127.0.0.1:\${firestore.port}\`,
      CLOUD_TASKS_EMULATOR_HOST: '127.0.0.1:9',
    };
    try {
      const exit = await runServiceProcess(main, environment, async ({ url }) => {
        assert.equal((await fetch(\`\${url}/_ah/warmup\`)).status, 200);
        assert.equal((await fetch(\`\${url}/tasks/${kebab}/v1\`, { method: 'POST' })).status, 403);
        assert.equal((await fetch(\`\${url}/cron/sweep\`)).status, 403);
        const sweep = await fetch(\`\${url}/cron/sweep\`, { headers: { 'X-Appengine-Cron': 'true' } });
        assert.equal(sweep.status, 200);
      });
      assert.deepEqual(exit, [0, null]);
    } finally {
      await firestore.close();
    }
  });

  it('refuses to start with bad settings, naming them', async () => {
    const { code, errorText } = await refusedServiceProcess(main, { PORT: '0' });
    assert.equal(code, 1);
    assert.match(errorText, /PORT must be .*; GOOGLE_CLOUD_PROJECT is required/);
  });
});
`;
}

/** The text of `app.yaml`, for the region and the database that the other services use. */
export function appYamlSource(service: string, variables: Readonly<Record<string, string>>): string {
  return `# Deploy it before the services that enqueue its tasks: what they enqueue must find its handler.
runtime: nodejs24
service: ${service}
entrypoint: node src/main.ts
instance_class: F2
inbound_services: [warmup]
automatic_scaling:
  min_instances: 0
  max_instances: 20
  # A delivery mostly waits for others: Firestore, a provider.
  max_concurrent_requests: 40
  target_cpu_utilization: 0.65
env_variables:
${Object.entries(variables)
  .map(([name, value]) => `  ${name}: ${value}`)
  .join('\n')}
`;
}

/** A job of cron.yaml that runs the service's sweep. */
export function sweepJobSource(service: string): string {
  return `  - description: Send what was not sent, and recover what was left lying (${service})
    url: /cron/sweep
    target: ${service}
    schedule: every 1 minutes
`;
}
