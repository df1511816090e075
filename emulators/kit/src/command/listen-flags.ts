import { isHostName } from '../http/allowed-hosts.ts';

/** Environment variable with further hosts, separated by commas: the same as `--allow-host`. */
const ALLOW_HOST_VARIABLE = 'EMULATOR_ALLOW_HOST';

/** Flag for further hosts; for `readFlags`. */
export const ALLOW_HOST_FLAG = {
  'allow-host': { type: 'string', multiple: true, default: [] as string[] },
} as const;

/** Flags for the address, the data folder and the allowed hosts of an emulator; for `readFlags`. */
export function listenFlags<const Port extends string>(defaultPort: Port) {
  return {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: defaultPort },
    'data-dir': { type: 'string' },
    ...ALLOW_HOST_FLAG,
  } as const;
}

/** Where an emulator listens and keeps its data. */
export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** Not there: in memory. */
  readonly dataDir?: string;
  /** Host names that requests may carry beside loopback addresses and `localhost`. */
  readonly allowHosts?: readonly string[];
}

/**
 * Checks the values of {@link listenFlags}; adds to `problems` what is wrong with them.
 * @param originOf names where a flag's value came from; default: the flag itself
 */
export function readListenOptions(
  values: {
    readonly host: string;
    readonly port: string;
    readonly 'data-dir'?: string | undefined;
    readonly 'allow-host': readonly string[];
  },
  environment: Readonly<Record<string, string | undefined>>,
  problems: string[],
  originOf: (flag: string) => string = (flag) => `--${flag}`,
): ListenOptions {
  const { host, port, 'data-dir': dataDir } = values;
  const allowHosts = readAllowedHosts(values['allow-host'], environment, problems);
  return {
    host,
    port: readPort(originOf('port'), port, problems),
    ...(dataDir !== undefined && { dataDir }),
    ...(allowHosts.length > 0 && { allowHosts }),
  };
}

/** Reads `--allow-host` and {@link ALLOW_HOST_VARIABLE}; adds a problem for each text that is no host. */
export function readAllowedHosts(
  flags: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  problems: string[],
): readonly string[] {
  const fromEnvironment = (environment[ALLOW_HOST_VARIABLE] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  for (const [origin, names] of [
    ['--allow-host', flags],
    [ALLOW_HOST_VARIABLE, fromEnvironment],
  ] as const) {
    for (const name of names) {
      if (isHostName(name)) continue;
      problems.push(`${origin} must be a host name or an IP address without a port, got "${name}"`);
    }
  }
  return [...flags, ...fromEnvironment];
}

/** Reads the number of a port; adds a problem, and gives 0, if it is none. */
export function readPort(flag: string, text: string, problems: string[]): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  problems.push(`${flag} must be a whole number from 0 to 65535, got "${text}"`);
  return 0;
}
