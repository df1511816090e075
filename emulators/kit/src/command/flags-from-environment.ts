import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';

/** Variables of the process's environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A command line completed by the environment. */
export interface CompletedArguments {
  /** The arguments, those from the environment first. */
  readonly args: readonly string[];
  readonly problems: string[];
  /** Names where a flag's value came from: `--port`, or `CLOUD_TASKS_EMULATOR_PORT`. */
  originOf(flag: string): string;
}

/** Settings of {@link flagsFromEnvironment}. */
export interface EnvironmentOptions {
  readonly env: Environment;
  /** Prefix of the variables: `CLOUD_TASKS_EMULATOR` makes `--data-dir` `CLOUD_TASKS_EMULATOR_DATA_DIR`. */
  readonly prefix: string;
  /** Flags that are given on the command line only. */
  readonly except: readonly string[];
}

/**
 * Adds the flags that the environment gives and the command line does not. A flag that may be repeated takes a list with
 * commas; one without a value takes `1` or `true`, `0` or `false`. An empty variable counts as absent.
 */
export function flagsFromEnvironment(
  args: readonly string[],
  flags: ParseArgsOptionsConfig,
  { env, prefix, except }: EnvironmentOptions,
): CompletedArguments {
  const { tokens } = parseArgs({ args, options: flags, strict: false, allowPositionals: true, tokens: true });
  const given = new Set(tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : [])));
  const variables = withListenAddress(env, prefix);
  const problems: string[] = [];
  const origins = new Map<string, string>();
  const added: string[] = [];
  for (const [flag, { type, multiple = false }] of Object.entries(flags)) {
    const variable = variableOf(prefix, flag);
    const value = variables[variable];
    if (value === undefined || value === '' || given.has(flag) || except.includes(flag)) continue;
    origins.set(flag, variable);
    if (type === 'boolean') {
      if (/^(1|true)$/i.test(value)) added.push(`--${flag}`);
      else if (!/^(0|false)$/i.test(value)) problems.push(`${variable} must be 1 or 0, got "${value}"`);
    } else {
      const values = multiple ? value.split(',').map((part) => part.trim()) : [value];
      added.push(...values.map((part) => `--${flag}=${part}`));
    }
  }
  return { args: [...added, ...args], problems, originOf: (flag) => origins.get(flag) ?? `--${flag}` };
}

/** The variable of a flag. */
function variableOf(prefix: string, flag: string): string {
  return `${prefix}_${flag.toUpperCase().replaceAll('-', '_')}`;
}

/**
 * Clients find an emulator by `<PREFIX>_HOST=host:port`. An emulator that is started with the same variable listens
 * where they look.
 */
function withListenAddress(env: Environment, prefix: string): Environment {
  const hostVariable = `${prefix}_HOST`;
  const [, host, port] = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(env[hostVariable] ?? '') ?? [];
  if (host === undefined) return env;
  return { [`${prefix}_PORT`]: port, ...env, [hostVariable]: host.replace(/^\[(.+)\]$/, '$1') };
}
