import { orderLimitSettings, orderLinkSettings } from '@waybill/orders/settings';
import { type Setting, setting } from '@waybill/service-kit';
import { loadTaskServiceConfig } from '@waybill/task-runtime/settings';
import { parseMailAddress } from './mail/mail-address.ts';

const smtpUrl = setting.url({ protocols: ['smtp:', 'smtps:'] });
/** A mail server. The mailer's library reads a query as options, and some of them switch TLS off. */
const mailServer: Setting<URL> = {
  ...smtpUrl,
  expected: `${smtpUrl.expected} without a query`,
  read(text) {
    const result = smtpUrl.read(text);
    return result?.value.search === '' ? result : undefined;
  },
};

const mailFrom: Setting<string> = {
  ...setting.string({ expected: 'an address such as Waybill <orders@example.com>' }),
  read: (text) => (parseMailAddress(text) === undefined ? undefined : { value: text }),
};

/** The settings that this service has beside those of every service that does tasks. */
const SETTINGS = {
  STRIPE_API_KEY: setting.secret({ minLength: 8 }),
  /** A server that speaks Stripe's API, such as a sandbox. Default: Stripe itself. */
  STRIPE_API_BASE: setting.optional(setting.url()),
  /**
   * The mail server, with user and password where it wants them: `smtps://user:password@host:465`. With `smtp:` the mailer
   * demands STARTTLS, except for this machine without a password.
   */
  SMTP_URL: mailServer,
  /** Whom mails are from: `Waybill <orders@example.com>`. */
  MAIL_FROM: mailFrom,
  /** Where customers reach the shop: mails link to the order's page there. Default: mails have no link. */
  SHOP_URL: setting.optional(setting.url()),
  /** Where the warehouse takes its webhooks. */
  WAREHOUSE_URL: setting.url({ protocols: ['https:', 'http:'] }),
  /** What they are signed with; the warehouse knows it too. */
  WAREHOUSE_SECRET: setting.secret({ minLength: 16 }),
} as const;

/** The settings of this service. */
export type WorkerConfig = ReturnType<typeof loadWorkerConfig>;

/**
 * Reads the settings of this service.
 * @throws {ConfigError} naming every missing and every wrong setting
 */
export function loadWorkerConfig(env: Readonly<Record<string, string | undefined>>) {
  return loadTaskServiceConfig('worker', env, {
    ...SETTINGS,
    ...orderLinkSettings(env),
    ...orderLimitSettings(),
  });
}
