import { isProtectedUrl, type Setting, setting } from '@waybill/service-kit';
import { serviceListSetting } from './service-list-setting.ts';
import type { TaskTarget } from './task-target.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Google's own, of the tokens that Cloud Tasks and Cloud Scheduler send. */
const GOOGLE_ISSUER = 'https://accounts.google.com';
const GOOGLE_KEYS_URL = 'https://www.googleapis.com/oauth2/v3/certs';

/** The service of contracts that name none, and of a `TASK_ROUTING_VERSION` that names none. */
const DEFAULT_SERVICE = 'worker';

const VERSION = /[a-z0-9][a-z0-9-]*/;
const versions = routingSetting();
const ADDRESS = /https?:\/\/(?:[A-Za-z0-9.-]+|\[::1\])(?::\d{1,5})?\/?/;
const serviceAddress: Setting<string> = onProtectedHost(
  setting.string({
    pattern: ADDRESS,
    expected: 'an https:// address without a path (http:// on this machine alone)',
  }),
  (address) => [address],
);
const serviceAddresses = onProtectedHost(
  serviceListSetting({
    pattern: /https?:\/\/(?:[A-Za-z0-9.-]+|\[::1\])(?::\d{1,5})?(?:\/[A-Za-z0-9._~-]+)*\/?/,
    expected: 'https://billing-abc.run.app (http:// on this machine alone)',
  }),
  Object.values,
);
// Compared as text with the `iss` of tokens, so it stays as it is written.
const issuer = onProtectedHost(
  setting.string({
    default: GOOGLE_ISSUER,
    pattern: /\S+/,
    expected: 'an issuer such as https://accounts.google.com (http:// on this machine alone)',
  }),
  // Some issuers name themselves without a scheme.
  (text) => (text.includes(':') ? [text] : []),
);
const serviceAccount = setting.string({
  pattern: /[^\s@]+@[^\s@]+\.[^\s@]+/,
  expected: 'the address of a service account, such as tasks@my-project.iam.gserviceaccount.com',
});
const noVersions: Setting<Readonly<Record<string, string>>> = {
  ...versions,
  expected: 'left out where TASK_TARGET is http: Cloud Run splits its traffic itself',
  read: () => undefined,
};

/**
 * The settings of every service that enqueues tasks. What HTTP tasks need is required where they are chosen.
 * @param env the environment that they are read from next
 */
export function taskTargetSettings(env: Environment) {
  const isHttp = env['TASK_TARGET'] === 'http';
  const hasServiceUrls = (env['TASK_SERVICE_URLS'] ?? '') !== '';
  const requiredForHttp = <T>(inner: Setting<T>): Setting<T | undefined> =>
    isHttp ? inner : setting.optional(inner);
  return {
    /** The way of tasks to the worker: through App Engine, or over HTTP with ID tokens (Cloud Run). */
    TASK_TARGET: setting.oneOf(['app-engine', 'http'], { default: 'app-engine' }),
    /** For `http`: where the worker is, as `https://worker-abc.run.app`. */
    WORKER_URL: hasServiceUrls ? setting.optional(serviceAddress) : requiredForHttp(serviceAddress),
    /**
     * For `http`: where the other services are that do tasks, as `billing=https://billing-abc.run.app`, separated by
     * spaces. With a path where a service mounts its task listener at one. It may name the worker too.
     */
    TASK_SERVICE_URLS: setting.optional(serviceAddresses),
    /** For `http`: the account whose ID tokens tasks and the sweep's schedule come with; the one that may call the worker. */
    TASK_SERVICE_ACCOUNT: requiredForHttp(serviceAccount),
    /** For `http`: what the tokens of all services are for. Default: the address of the service that a task is for. */
    TASK_AUDIENCE: setting.optional(setting.string()),
    /**
     * For `app-engine`: the version of each service that immediate tasks are routed to, for a canary: `worker=v2
     * billing=v7`. A version alone is the worker's. A service that is not named: the version that serves.
     */
    TASK_ROUTING_VERSION: setting.optional(isHttp ? noVersions : versions),
  } as const;
}

/** The further settings of a service that does tasks. */
export function taskTokenSettings() {
  return {
    /** For `http`: who signs the tokens, and where the keys are that verify them, as a JSON Web Key Set. Default: Google. */
    OIDC_ISSUER: issuer,
    OIDC_KEYS_URL: setting.url({ default: GOOGLE_KEYS_URL }),
    /**
     * For `http`: who verifies the signatures of tokens, this service or Cloud Run, which takes them off then.
     * `cloud-run` is safe only while Cloud Run's own check of callers is on, and refused elsewhere.
     */
    TASK_TOKEN_SIGNATURE: setting.oneOf(['here', 'cloud-run'], { default: 'here' }),
    /** Set by Cloud Run: the service's name. */
    K_SERVICE: setting.optional(setting.string()),
  } as const;
}

/** The values of {@link taskTargetSettings}. */
interface TaskTargetConfig {
  readonly TASK_TARGET: 'app-engine' | 'http';
  readonly WORKER_URL: string | undefined;
  readonly TASK_SERVICE_URLS: Readonly<Record<string, string>> | undefined;
  readonly TASK_SERVICE_ACCOUNT: string | undefined;
  readonly TASK_AUDIENCE: string | undefined;
}

/** The way of tasks to the services, by the settings. */
export function taskTargetOf(config: TaskTargetConfig): TaskTarget {
  const { TASK_TARGET, WORKER_URL, TASK_SERVICE_URLS, TASK_SERVICE_ACCOUNT, TASK_AUDIENCE } = config;
  if (TASK_TARGET === 'app-engine') return { kind: 'app-engine' };
  if (TASK_SERVICE_ACCOUNT === undefined) {
    throw new Error('TASK_SERVICE_ACCOUNT is a setting of TASK_TARGET=http');
  }
  return {
    kind: 'http',
    origins: {
      ...(WORKER_URL !== undefined && { [DEFAULT_SERVICE]: new URL(WORKER_URL).origin }),
      ...TASK_SERVICE_URLS,
    },
    serviceAccount: TASK_SERVICE_ACCOUNT,
    audience: TASK_AUDIENCE,
  };
}

/**
 * The setting, for addresses that Cloud Tasks sends tokens to encrypted, or its emulator on this machine. The emulator
 * connects to this machine for `*.localhost` too, whatever a name server says.
 */
function onProtectedHost<T>(inner: Setting<T>, addressesOf: (value: T) => readonly string[]): Setting<T> {
  const isProtected = (address: string): boolean => {
    const url = URL.parse(address);
    if (url === null) return false;
    return isProtectedUrl(url) || url.hostname.endsWith('.localhost');
  };
  return {
    ...inner,
    read(text) {
      const result = inner.read(text);
      return result && addressesOf(result.value).every(isProtected) ? result : undefined;
    },
  };
}

/** A version for each service; one without a service is that of the default service, as before there were several. */
function routingSetting(): Setting<Readonly<Record<string, string>>> {
  const perService = serviceListSetting({ pattern: VERSION, expected: 'v7' });
  const whole = new RegExp(`^(?:${VERSION.source})$`);
  return {
    ...perService,
    expected: `a version of the service "${DEFAULT_SERVICE}", or ${perService.expected}`,
    read: (text) => (whole.test(text) ? { value: { [DEFAULT_SERVICE]: text } } : perService.read(text)),
  };
}
