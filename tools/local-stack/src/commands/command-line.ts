import { parseArgs } from 'node:util';

/** Thrown when a command line is wrong; the message names every problem. */
export class CommandLineError extends Error {
  override readonly name = 'CommandLineError';
  readonly code = 'BAD_COMMAND_LINE';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** Which flags a command has, without their dashes. */
export interface KnownFlags {
  /** `--name VALUE`, or `--name=VALUE`. */
  readonly withValue: readonly string[];
  /** `--name`. */
  readonly withoutValue: readonly string[];
}

/** A command line taken apart. */
export interface CommandLineParts {
  readonly values: ReadonlyMap<string, string>;
  readonly set: ReadonlySet<string>;
  /** The rest, in order; also what begins with a dash and a digit, such as `-1h`. */
  readonly positionals: readonly string[];
  /** What is wrong so far; more may be added. */
  readonly problems: string[];
}

/**
 * Takes a command line apart.
 * @param args without node and the script
 * @param environment by which npm tells of flags that it kept for itself
 */
export function readCommandLine(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  known: KnownFlags,
): CommandLineParts {
  const { withValue, withoutValue } = known;
  const problems = problemsOfNpm(environment, known);
  const values = new Map<string, string>();
  const set = new Set<string>();
  const positionals: string[] = [];
  const { tokens } = parseArgs({
    // A negative number is no flag.
    args: args.map((arg) => (/^-\d/.test(arg) ? `${NO_FLAG}${arg}` : arg)),
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: {
      ...Object.fromEntries(withValue.map((name) => [name, { type: 'string' as const }])),
      ...Object.fromEntries(withoutValue.map((name) => [name, { type: 'boolean' as const }])),
    },
  });
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') {
      positionals.push(token.value.replace(NO_FLAG, ''));
      continue;
    }
    const { name, rawName } = token;
    const value = token.value?.replace(NO_FLAG, '');
    if (withValue.includes(name)) {
      // parseArgs takes what follows for the value, even another flag.
      if (value === undefined || value === '' || (!token.inlineValue && value.startsWith('--'))) {
        problems.push(`${rawName} needs a value`);
      } else {
        values.set(name, value);
      }
    } else if (!withoutValue.includes(name)) {
      const all = [...withValue, ...withoutValue].map((flag) => `--${flag}`).join(', ');
      problems.push(`${rawName} is not known; there are ${all}`);
    } else if (value !== undefined) {
      problems.push(`${rawName} takes no value, got "${value}"`);
    } else {
      set.add(name);
    }
  }
  return { values, set, positionals, problems };
}

/** No argument can hold it: they end at it. */
const NO_FLAG = '\0';

/** `npm start --fresh` does not pass the flag on, but leaves it in the environment. */
function problemsOfNpm(
  environment: Readonly<Record<string, string | undefined>>,
  { withValue, withoutValue }: KnownFlags,
): string[] {
  return [...withValue, ...withoutValue]
    .filter((name) => environment[`npm_config_${name.replaceAll('-', '_')}`] !== undefined)
    .map((name) => `npm kept --${name} for itself: write -- before the flags`);
}

/** Writes why a command failed. @returns its exit code: 2 if the command line is to blame, else 1 */
export function reportFailure(error: unknown, write: (text: string) => unknown, helpCommand: string): 1 | 2 {
  const isUsage = error instanceof CommandLineError;
  const message = error instanceof Error ? error.message : String(error);
  write(`${message}\n${isUsage ? `${helpCommand} tells more\n` : ''}`);
  return isUsage ? 2 : 1;
}
