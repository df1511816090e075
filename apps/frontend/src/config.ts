import { orderLimitSettings, orderLinkSettings } from '@waybill/orders/settings';
import { ConfigError, loadConfig, processSettings, setting } from '@waybill/service-kit';
import { taskTargetSettings } from '@waybill/task-runtime/settings';
import { MAX_STREAMS_PER_CLIENT } from './events/max-streams.ts';
import { isTestCard } from './pages/payment-entry.ts';

const SETTINGS = {
  ...processSettings('default'),
  /** `standard` on App Engine's standard environment, which holds answers back until they are whole. */
  GAE_ENV: setting.optional(setting.string()),
  /** Set by Cloud Run: the service's name. */
  K_SERVICE: setting.optional(setting.string()),
  /**
   * On Cloud Run: how many load balancers stand before it, each of which appends an address to X-Forwarded-For. A client's own
   * address stands before theirs.
   */
  TRUSTED_PROXY_HOPS: setting.wholeNumber({ default: 0, min: 0, max: 5 }),
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
  /** Open streams of events of one client, in one instance; of 40 in all. */
  MAX_STREAMS_PER_CLIENT: setting.wholeNumber({ default: MAX_STREAMS_PER_CLIENT, min: 1, max: 40 }),
  /** How long one answer may wait for Firestore, in milliseconds. */
  STORE_TIMEOUT_MS: setting.wholeNumber({ default: 4_000, min: 100, max: 60_000 }),
  /** Emulators, spoken to without encryption or credentials. Default: Google's own services. */
  CLOUD_TASKS_EMULATOR_HOST: setting.optional(setting.hostAndPort()),
  FIRESTORE_EMULATOR_HOST: setting.optional(setting.hostAndPort()),
} as const;

/** The settings of this service. */
export type FrontendConfig = ReturnType<typeof loadFrontendConfig>;

/**
 * Reads the settings of this service.
 * @throws {ConfigError} naming every missing and every wrong setting
 */
export function loadFrontendConfig(env: Readonly<Record<string, string | undefined>>) {
  const config = loadConfig(
    { ...SETTINGS, ...orderLinkSettings(env), ...orderLimitSettings(), ...taskTargetSettings(env) },
    env,
  );
  if (config.STRIPE_PUBLISHABLE_KEY?.startsWith('pk_live_') && isTestCard(config.DEFAULT_PAYMENT_METHOD)) {
    throw new ConfigError([
      'DEFAULT_PAYMENT_METHOD must not be a test card beside a live STRIPE_PUBLISHABLE_KEY: leave it out',
    ]);
  }
  return config;
}
