/** Flags by which every emulator is told where it listens and where it keeps its data; for `readFlags`. */
export function listenFlags<const Port extends string>(defaultPort: Port) {
  return {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: defaultPort },
    'data-dir': { type: 'string' },
  } as const;
}

/** Where an emulator listens and keeps its data. */
export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** Not there: in memory. */
  readonly dataDir?: string;
}

/**
 * Checks the values of {@link listenFlags}; adds to `problems` what is wrong with them.
 * @param originOf names where a flag's value came from; default: the flag itself
 */
export function readListenOptions(
  values: { readonly host: string; readonly port: string; readonly 'data-dir'?: string | undefined },
  problems: string[],
  originOf: (flag: string) => string = (flag) => `--${flag}`,
): ListenOptions {
  const { host, port, 'data-dir': dataDir } = values;
  return {
    host,
    port: readPort(originOf('port'), port, problems),
    ...(dataDir !== undefined && { dataDir }),
  };
}

/** Reads the number of a port; adds a problem, and gives 0, if it is none. */
export function readPort(flag: string, text: string, problems: string[]): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  problems.push(`${flag} must be a whole number from 0 to 65535, got "${text}"`);
  return 0;
}
