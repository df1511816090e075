import {
  asciiLowerCase,
  ConfigError,
  isLoopbackHost,
  loadConfig,
  processSettings,
  setting,
} from '@waybill/service-kit';
import { taskTargetSettings } from '@waybill/task-runtime/settings';

const addresses = setting.string({
  pattern: /[^\s,@]+@[^\s,@]+(\s*,\s*[^\s,@]+@[^\s,@]+)*/,
  expected: 'e-mail addresses with commas between them',
});

const SETTINGS = {
  ...processSettings('console'),
  FIRESTORE_DATABASE: setting.string({ default: '(default)' }),
  /** Where the queues are, e.g. `europe-west1`. */
  TASKS_LOCATION: setting.string({ pattern: /[a-z0-9-]+/, expected: 'a location such as europe-west1' }),
  /**
   * Who may come in. `iap`: whom Identity-Aware Proxy vouches for. `local`: whoever sits at this machine; refused
   * unless both emulators are on it.
   */
  CONSOLE_ACCESS: setting.oneOf(['iap', 'local'], { default: 'iap' }),
  /** For `iap`, what its assertions are for: `/projects/<project number>/apps/<project id>` of an App Engine app. */
  CONSOLE_IAP_AUDIENCE: setting.optional(
    setting.string({ pattern: /\/projects\/\S+/, expected: '/projects/<project number>/apps/<project id>' }),
  ),
  /** Where the keys are by which assertions are verified, as a JSON Web Key Set. */
  CONSOLE_IAP_KEYS_URL: setting.url({ default: 'https://www.gstatic.com/iap/verify/public_key-jwk' }),
  /** For `iap`, who may act, and who may only look. */
  CONSOLE_OPERATORS: setting.optional(addresses),
  CONSOLE_VIEWERS: setting.optional(addresses),
  /** Emulators, spoken to without encryption or credentials. Default: Google's own services. */
  CLOUD_TASKS_EMULATOR_HOST: setting.optional(setting.hostAndPort()),
  FIRESTORE_EMULATOR_HOST: setting.optional(setting.hostAndPort()),
  /** Where the local stack is controlled, and by which token. Default: it can't be. */
  LOCAL_STACK_CONTROL_URL: setting.optional(setting.url({ protocols: ['http:'] })),
  LOCAL_STACK_CONTROL_TOKEN: setting.optional(setting.secret({ minLength: 16 })),
} as const;

/** The settings of this service. */
export type ConsoleConfig = ReturnType<typeof loadConsoleConfig>;

/**
 * Reads the settings of this service.
 * @throws {ConfigError} naming every missing and every wrong setting, or why `local` can't be
 */
export function loadConsoleConfig(env: Readonly<Record<string, string | undefined>>) {
  const config = loadConfig({ ...SETTINGS, ...taskTargetSettings(env) }, env);
  const problems: string[] = [];
  if (config.CONSOLE_ACCESS === 'local') {
    for (const name of ['CLOUD_TASKS_EMULATOR_HOST', 'FIRESTORE_EMULATOR_HOST'] as const) {
      if (isOnThisMachine(config[name])) continue;
      problems.push(`CONSOLE_ACCESS may be local only where ${name} is an emulator on this machine`);
    }
  } else {
    if (config.CONSOLE_IAP_AUDIENCE === undefined) {
      problems.push('CONSOLE_IAP_AUDIENCE is required where CONSOLE_ACCESS is iap');
    }
    if (config.LOCAL_STACK_CONTROL_URL !== undefined) {
      problems.push('LOCAL_STACK_CONTROL_URL is for CONSOLE_ACCESS=local');
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** The addresses of a list, with A to Z in lower case. */
export function addressesOf(list: string | undefined): string[] {
  return (list ?? '')
    .split(',')
    .map((address) => asciiLowerCase(address.trim()))
    .filter((address) => address !== '');
}

function isOnThisMachine(hostAndPort: string | undefined): boolean {
  return hostAndPort !== undefined && isLoopbackHost(hostAndPort.replace(/:\d+$/, ''));
}
