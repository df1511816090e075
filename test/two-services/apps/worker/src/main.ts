import { beginConfig, startService } from '@waybill/service-kit';
import { loadTaskServiceConfig } from '@waybill/task-runtime/settings';

const begun = beginConfig('worker', process.env, (env) => loadTaskServiceConfig('worker', env));
await startService({
  config: begun,
  process,
  load: async (parts) => {
    const [config, { loadTaskService }, { catalogue }, { createTaskHandlers }] = await Promise.all([
      begun.complete(),
      import('@waybill/task-runtime'),
      import('../../../contracts.ts'),
      import('./tasks/index.ts'),
    ]);
    return loadTaskService({ ...parts, config, catalogue, handlers: createTaskHandlers });
  },
});
