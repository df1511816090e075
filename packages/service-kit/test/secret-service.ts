// A main.ts for the tests of beginConfig(): its service tells the secret that it has read.
import { beginConfig, loadConfig, processSettings, setting, startService } from '../src/index.ts';

const begun = beginConfig('secretive', process.env, (env) =>
  loadConfig(
    {
      ...processSettings('secretive'),
      API_KEY: setting.secret({ minLength: 8 }),
      HOOK_URL: setting.optional(setting.url()),
    },
    env,
  ),
);
await startService({
  config: { ...begun, PORT: 0 },
  process,
  async load() {
    const { API_KEY, HOOK_URL } = await begun.complete();
    const loaded = process.getBuiltinModule('module').createRequire(import.meta.url).cache;
    const hasClient = Object.keys(loaded).some((file) => file.includes('secret-manager'));
    return {
      listener: (_request, response) => response.end(JSON.stringify({ API_KEY, HOOK_URL, hasClient })),
      close: async () => {},
    };
  },
});
