import { ConfigError, LOG_LEVELS, loadConfig, setting } from '@waybill/service-kit';
import { taskTargetSettings } from '@waybill/task-runtime/settings';
import { isTestCard } from './pages/payment-entry.ts';

const hostAndPort = setting.string({ pattern: /[A-Za-z0-9.-]+:\d{1,5}/, expected: 'host:port' });

const SETTINGS = {
  /** Set by App Engine. */
  PORT: setting.wholeNumber({ default: 8080, min: 1, max: 65_535 }),
  /** Set by the App Engine emulator to 127.0.0.1. Default: all interfaces, where App Engine and Cloud Run reach it. */
  LISTEN_HOST: setting.optional(setting.string()),
  GOOGLE_CLOUD_PROJECT: setting.string(),
  /** Set by App Engine: which service and version this is. */
  GAE_SERVICE: setting.string({ default: 'default' }),
  GAE_VERSION: setting.string({ default: 'unversioned' }),
  /** Set by Cloud Run: which revision this is. */
  K_REVISION: setting.optional(setting.string()),
  /** `standard` on App Engine's standard environment, which holds answers back until they are whole. */
  GAE_ENV: setting.optional(setting.string()),
  FIRESTORE_DATABASE: setting.string({ default: '(default)' }),
  /** Where the queues are, e.g. `europe-west1`. */
  TASKS_LOCATION: setting.string({ pattern: /[a-z0-9-]+/, expected: 'a location such as europe-west1' }),
  /** Charged where an order names no payment method; without it, orders must name one. */
  DEFAULT_PAYMENT_METHOD: setting.optional(setting.string({ pattern: /[A-Za-z0-9_-]{1,255}/ })),
  /** Stripe's key for browsers: with it the shop's page takes cards with Stripe's own form. It is no secret. */
  STRIPE_PUBLISHABLE_KEY: setting.optional(
    setting.string({
      pattern: /pk_(test|live)_[A-Za-z0-9]{1,240}/,
      expected: 'a publishable key, pk_test_… or pk_live_…',
    }),
  ),
  /** How long one answer may wait for Firestore, in milliseconds. */
  STORE_TIMEOUT_MS: setting.wholeNumber({ default: 4_000, min: 100, max: 60_000 }),
  LOG_LEVEL: setting.oneOf(LOG_LEVELS, { default: 'info' }),
  /** Emulators, spoken to without encryption or credentials. Default: Google's own services. */
  CLOUD_TASKS_EMULATOR_HOST: setting.optional(hostAndPort),
  FIRESTORE_EMULATOR_HOST: setting.optional(hostAndPort),
} as const;

/** The settings of this service. */
export type FrontendConfig = ReturnType<typeof loadFrontendConfig>;

/**
 * Reads the settings of this service.
 * @throws {ConfigError} naming every missing and every wrong setting
 */
export function loadFrontendConfig(env: Readonly<Record<string, string | undefined>>) {
  const config = loadConfig({ ...SETTINGS, ...taskTargetSettings(env) }, env);
  if (config.STRIPE_PUBLISHABLE_KEY?.startsWith('pk_live_') && isTestCard(config.DEFAULT_PAYMENT_METHOD)) {
    throw new ConfigError([
      'DEFAULT_PAYMENT_METHOD must not be a test card beside a live STRIPE_PUBLISHABLE_KEY: leave it out',
    ]);
  }
  return config;
}
