import { startService } from '@waybill/service-kit';
import { loadTaskServiceConfig } from '@waybill/task-runtime/settings';

const config = loadTaskServiceConfig('worker', process.env);
await startService({
  config,
  process,
  load: async (parts) => {
    const [{ loadTaskService }, { catalogue }, { createTaskHandlers }] = await Promise.all([
      import('@waybill/task-runtime'),
      import('../../../contracts.ts'),
      import('./tasks/index.ts'),
    ]);
    return loadTaskService({ ...parts, config, catalogue, handlers: createTaskHandlers });
  },
});
