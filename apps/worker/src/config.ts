import { ConfigError, loadConfig, processSettings, setting } from '@waybill/service-kit';
import { taskTargetSettings, taskTokenSettings } from '@waybill/task-runtime/settings';

const SETTINGS = {
  ...processSettings('worker'),
  /** Set by App Engine to `standard`; where TASK_TARGET is `app-engine`, nobody is let in without it. */
  GAE_ENV: setting.optional(setting.string()),
  FIRESTORE_DATABASE: setting.string({ default: '(default)' }),
  /** Where the queues are, e.g. `europe-west1`. */
  TASKS_LOCATION: setting.string({ pattern: /[a-z0-9-]+/, expected: 'a location such as europe-west1' }),
  STRIPE_API_KEY: setting.secret({ minLength: 8 }),
  /** A server that speaks Stripe's API, such as a sandbox. Default: Stripe itself. */
  STRIPE_API_BASE: setting.optional(setting.url()),
  /** The mail server, with user and password where it wants them: `smtps://user:password@host:465`. */
  SMTP_URL: setting.url({ protocols: ['smtp:', 'smtps:'] }),
  /** Whom mails are from: `Waybill <orders@example.com>`. */
  MAIL_FROM: setting.string({
    pattern: /[^<>\r\n]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+/,
    expected: 'an address such as Waybill <orders@example.com>',
  }),
  /** Where the warehouse takes its webhooks. */
  WAREHOUSE_URL: setting.url({ protocols: ['https:', 'http:'] }),
  /** What they are signed with; the warehouse knows it too. */
  WAREHOUSE_SECRET: setting.secret({ minLength: 16 }),
  ...taskTokenSettings(),
  /** Emulators, spoken to without encryption or credentials. Default: Google's own services. */
  CLOUD_TASKS_EMULATOR_HOST: setting.optional(setting.hostAndPort()),
  FIRESTORE_EMULATOR_HOST: setting.optional(setting.hostAndPort()),
} as const;

/** The settings of this service. */
export type WorkerConfig = ReturnType<typeof loadWorkerConfig>;

/**
 * Reads the settings of this service.
 * @throws {ConfigError} naming every missing and every wrong setting
 */
export function loadWorkerConfig(env: Readonly<Record<string, string | undefined>>) {
  const config = loadConfig({ ...SETTINGS, ...taskTargetSettings(env) }, env);
  if (config.TASK_TOKEN_SIGNATURE === 'cloud-run' && config.K_SERVICE === undefined) {
    throw new ConfigError(['TASK_TOKEN_SIGNATURE may be cloud-run only on Cloud Run (which sets K_SERVICE)']);
  }
  return config;
}
