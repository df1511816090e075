import { beginConfig, setting, startService } from '@waybill/service-kit';
import { loadTaskServiceConfig } from '@waybill/task-runtime/settings';

const begun = beginConfig('billing', process.env, (env) =>
  loadTaskServiceConfig('billing', env, {
    STRIPE_API_KEY: setting.secret({ minLength: 8 }),
    STRIPE_API_BASE: setting.url(),
  }),
);
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
    const handlers = createTaskHandlers({
      apiKey: config.STRIPE_API_KEY,
      apiBase: config.STRIPE_API_BASE,
    });
    return loadTaskService({ ...parts, config, catalogue, handlers: () => handlers });
  },
});
