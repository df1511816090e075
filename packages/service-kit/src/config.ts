import { inspect } from 'node:util';
import { isLoopbackHost, isProtectedUrl } from './outgoing-url.ts';
import { isSecretReference } from './secrets/secret-reference.ts';

/**
 * How one setting is read from its text. Made by the functions of {@link setting}; `loadConfig` does the rest.
 */
export interface Setting<T> {
  /** What a right value is, as it reads after "must be": `a whole number from 1 to 65535`. */
  readonly expected: string;
  /** The value of a right text, `undefined` for a wrong one. */
  readonly read: (text: string) => { readonly value: T } | undefined;
  /** What holds where the variable is not set; without it the setting is required. */
  readonly absent?: { readonly value: T };
  /** Whether an empty variable counts as one that is not set. */
  readonly emptyIsAbsent: boolean;
  /** Whether the value must never be shown. */
  readonly secret: boolean;
}

type SettingValue<S> = S extends Setting<infer T> ? T : never;

/** The kinds of settings. Each is required unless it has a default or is wrapped in `optional`. */
export const setting = {
  /** A text of at least one character; all of it must match `pattern`, described by `expected`. */
  string(options: { default?: string; pattern?: RegExp; expected?: string } = {}): Setting<string> {
    const { pattern } = options;
    const whole = pattern && new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[gy]/g, ''));
    return make({
      expected:
        options.expected ?? (pattern ? `text that matches ${pattern.source}` : 'text that is not empty'),
      read: (text) => (text !== '' && (whole?.test(text) ?? true) ? { value: text } : undefined),
      default: options.default,
    });
  },

  /** A text that is never printed, not even when it is wrong. `minLength` counts characters (default 1). */
  secret(options: { minLength?: number } = {}): Setting<string> {
    const { minLength = 1 } = options;
    return make({
      expected: minLength > 1 ? `a secret of at least ${minLength} characters` : 'a secret that is not empty',
      read: (text) => (text.length >= minLength ? { value: text } : undefined),
      secret: true,
    });
  },

  /** A whole number written in decimal digits, within `min` and `max` (both included). */
  wholeNumber(options: { default?: number; min?: number; max?: number } = {}): Setting<number> {
    const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = options;
    return make({
      expected: `a whole number${rangeText(options.min, options.max)}`,
      read(text) {
        const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
        return value >= min && value <= max ? { value } : undefined;
      },
      default: options.default,
    });
  },

  /**
   * An absolute URL with one of `protocols` (default http and https, written with the colon: `https:`). One that sends in
   * clear text (`http:`) must lead to this machine.
   */
  url(options: { default?: string; protocols?: readonly string[] } = {}): Setting<URL> {
    const { protocols = ['http:', 'https:'] } = options;
    return make({
      expected: `an absolute URL (${protocols.map(shownProtocol).join(' or ')})`,
      read(text) {
        const value = URL.parse(text);
        return value && protocols.includes(value.protocol) && isProtectedUrl(value) ? { value } : undefined;
      },
      default: options.default === undefined ? undefined : new URL(options.default),
    });
  },

  /** An address to connect to, such as `127.0.0.1:8123`. */
  hostAndPort(): Setting<string> {
    return setting.string({ pattern: /[A-Za-z0-9.-]+:\d{1,5}/, expected: 'host:port' });
  },

  /** An address on this machine to connect to, such as `127.0.0.1:8123`. */
  loopbackHostAndPort(): Setting<string> {
    return make({
      expected: 'host:port on this machine (localhost, 127.0.0.0/8, [::1])',
      read(text) {
        const host = /^(.+):\d{1,5}$/.exec(text)?.[1];
        return host !== undefined && isLoopbackHost(host) ? { value: text } : undefined;
      },
    });
  },

  /** One of the given words, as they are written. */
  oneOf<const V extends string>(values: readonly V[], options: { default?: V } = {}): Setting<V> {
    return make({
      expected: `one of ${values.join(', ')}`,
      read(text) {
        const value = values.find((candidate) => candidate === text);
        return value === undefined ? undefined : { value };
      },
      default: options.default,
    });
  },

  /** `true` or `false`; also `True` and `False`, which gcloud makes of unquoted booleans in an app.yaml. */
  boolean(options: { default?: boolean } = {}): Setting<boolean> {
    return make({
      expected: 'true or false',
      read: (text) => (/^(true|false)$/i.test(text) ? { value: text.toLowerCase() === 'true' } : undefined),
      default: options.default,
    });
  },

  /**
   * The same setting, `undefined` where the variable is not set or empty (an app.yaml can't unset a variable, only
   * empty it).
   */
  optional<T>(inner: Setting<T>): Setting<T | undefined> {
    return { ...inner, absent: { value: undefined }, emptyIsAbsent: true };
  },
} as const;

/**
 * Thrown when settings are missing or wrong. The service must not start; the message names every problem, and no
 * secret.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'CONFIG_INVALID';
  /** One sentence part for each problem, in the order of the settings. */
  readonly problems: readonly string[];
  /** The settings whose variable refers to a secret that was not read; each is among the problems too. */
  readonly unreadSecrets: readonly string[];

  constructor(
    problems: readonly string[],
    options: { unreadSecrets?: readonly string[]; cause?: unknown } = {},
  ) {
    super(
      `Bad configuration: ${problems.join('; ')}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.problems = problems;
    this.unreadSecrets = options.unreadSecrets ?? [];
  }
}

/** The problem of a setting whose variable refers to a secret that was not read. */
export function unreadSecretProblem(name: string): string {
  return `${name} refers to a secret, which only a service that begins with beginConfig() reads: give its value`;
}

/**
 * Reads settings from an environment. The keys of `settings` are the names of the variables, and of the result's
 * members: `loadConfig({ PORT: setting.wholeNumber({ default: 8080, min: 1, max: 65_535 }) }, process.env).PORT`.
 * A wrong value is never replaced by a default. An empty one counts as wrong too, except for `optional`.
 *
 * @throws {ConfigError} naming every missing and every wrong setting at once.
 */
export function loadConfig<const S extends Record<string, Setting<unknown>>>(
  settings: S,
  env: Readonly<Record<string, string | undefined>>,
): { [K in keyof S]: SettingValue<S[K]> } {
  const problems: string[] = [];
  const unreadSecrets: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, kind] of Object.entries(settings)) {
    const text = env[name];
    if (text === undefined || (text === '' && kind.emptyIsAbsent)) {
      if (kind.absent) values[name] = kind.absent.value;
      else problems.push(`${name} is required`);
      continue;
    }
    if (isSecretReference(text)) {
      unreadSecrets.push(name);
      problems.push(unreadSecretProblem(name));
      continue;
    }
    const result = kind.read(text);
    if (result) values[name] = result.value;
    else problems.push(`${name} must be ${kind.expected}, got ${shown(text, kind.secret)}`);
  }
  if (problems.length > 0) throw new ConfigError(problems, { unreadSecrets });
  return values as { [K in keyof S]: SettingValue<S[K]> };
}

function make<T>(o: {
  expected: string;
  read: Setting<T>['read'];
  default?: T | undefined;
  secret?: boolean;
}): Setting<T> {
  return {
    expected: o.expected,
    read: o.read,
    emptyIsAbsent: false,
    secret: o.secret ?? false,
    ...(o.default !== undefined && { absent: { value: o.default } }),
  };
}

function shownProtocol(protocol: string): string {
  return `${protocol}//…${protocol === 'http:' ? ' on this machine alone' : ''}`;
}

function rangeText(min: number | undefined, max: number | undefined): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return ` of at least ${min}`;
  return max === undefined ? '' : ` of at most ${max}`;
}

/** A wrong value as an error may show it: short, on one line, without a secret or a URL's password. */
function shown(text: string, secret: boolean): string {
  if (secret) return `${text.length} characters (not shown)`;
  const withoutCredentials = text.replace(/\/\/[^/@]*@/, '//…@');
  const short = withoutCredentials.length > 80 ? `${withoutCredentials.slice(0, 80)}…` : withoutCredentials;
  return inspect(short).replace(/^'(.*)'$/, '"$1"');
}
