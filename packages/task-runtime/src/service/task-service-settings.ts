import { ConfigError, loadConfig, processSettings, type Setting, setting } from '@waybill/service-kit';
import { taskTargetSettings, taskTokenSettings } from '../client/task-target-settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The settings that every service which does tasks has. */
function taskServiceSettings(service: string, env: Environment) {
  return {
    ...processSettings(service),
    /** Set by App Engine to `standard`; where TASK_TARGET is `app-engine`, nobody is let in without it. */
    GAE_ENV: setting.optional(setting.string()),
    FIRESTORE_DATABASE: setting.string({ default: '(default)' }),
    /** Where the queues are, e.g. `europe-west1`. */
    TASKS_LOCATION: setting.string({ pattern: /[a-z0-9-]+/, expected: 'a location such as europe-west1' }),
    ...taskTargetSettings(env),
    ...taskTokenSettings(),
    /** Emulators, spoken to without encryption or credentials. Default: Google's own services. */
    CLOUD_TASKS_EMULATOR_HOST: setting.optional(setting.hostAndPort()),
    FIRESTORE_EMULATOR_HOST: setting.optional(setting.hostAndPort()),
  } as const;
}

/** The values of the settings that every service which does tasks has. */
export type TaskServiceConfig = ReturnType<typeof loadConfig<ReturnType<typeof taskServiceSettings>>>;

/**
 * Reads the settings of a service that does tasks, and its own.
 * @param service its name, as the contracts name it
 * @param settings the service's own settings. Default none
 * @throws {ConfigError} naming every missing and every wrong setting
 */
export function loadTaskServiceConfig<
  const S extends Record<string, Setting<unknown>> = Record<never, never>,
>(service: string, env: Environment, settings?: S): TaskServiceConfig & ReturnType<typeof loadConfig<S>> {
  const config = loadConfig({ ...taskServiceSettings(service, env), ...settings }, env);
  const { TASK_TOKEN_SIGNATURE, K_SERVICE } = config as TaskServiceConfig;
  if (TASK_TOKEN_SIGNATURE === 'cloud-run' && K_SERVICE === undefined) {
    throw new ConfigError(['TASK_TOKEN_SIGNATURE may be cloud-run only on Cloud Run (which sets K_SERVICE)']);
  }
  return config as TaskServiceConfig & ReturnType<typeof loadConfig<S>>;
}
