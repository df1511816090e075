import { type loadConfig, setting } from '../config.ts';
import { LOG_LEVELS } from '../logging/logger.ts';

/**
 * Settings that every service's process has; spread them into the service's own.
 * @param service the service's name outside App Engine
 */
export function processSettings(service: string) {
  return {
    /** Set by App Engine and Cloud Run. */
    PORT: setting.wholeNumber({ default: 8080, min: 1, max: 65_535 }),
    /** Set by the App Engine emulator to 127.0.0.1. Default: all interfaces, where App Engine and Cloud Run reach it. */
    LISTEN_HOST: setting.optional(setting.string()),
    /** Set by the App Engine emulator: the secret that every request of its front door carries. */
    APP_ENGINE_EMULATOR_SERVICE_TOKEN: setting.optional(setting.string()),
    GOOGLE_CLOUD_PROJECT: setting.string(),
    /** Set by App Engine: this service and its version. */
    GAE_SERVICE: setting.string({ default: service }),
    GAE_VERSION: setting.string({ default: 'unversioned' }),
    /** Set by Cloud Run: its revision. */
    K_REVISION: setting.optional(setting.string()),
    /** How long a start may wait for Secret Manager, retries included. Read where a variable refers to a secret. */
    SECRETS_TIMEOUT_MS: setting.wholeNumber({ default: 15_000, min: 100, max: 60_000 }),
    /** A stand-in of Secret Manager, spoken to without encryption or credentials. Default: Google's own. */
    SECRET_MANAGER_EMULATOR_HOST: setting.optional(setting.loopbackHostAndPort()),
    LOG_LEVEL: setting.oneOf(LOG_LEVELS, { default: 'info' }),
  } as const;
}

/** The values of {@link processSettings}. */
export type ProcessConfig = ReturnType<typeof loadConfig<ReturnType<typeof processSettings>>>;
