import { CommandLineError, type FlagProblem, readFlags } from '@waybill/emulator-kit';

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
  const { values, positionals, problems } = readFlags(
    // A negative number is no flag.
    args.map((arg) => (/^-\d/.test(arg) ? `${NO_FLAG}${arg}` : arg)),
    {
      ...Object.fromEntries(known.withValue.map((name) => [name, { type: 'string' as const }])),
      ...Object.fromEntries(known.withoutValue.map((name) => [name, { type: 'boolean' as const }])),
    },
    { allowPositionals: true, describe: describeProblem },
  );
  const entries = Object.entries(values).map(([name, value]) => [name, unmark(String(value))] as const);
  return {
    values: new Map(entries.filter(([name]) => known.withValue.includes(name))),
    set: new Set(entries.map(([name]) => name).filter((name) => known.withoutValue.includes(name))),
    positionals: positionals.map(unmark),
    problems: [
      ...problemsOfNpm(environment, known),
      ...problems,
      ...entries.filter(([, value]) => value === '').map(([name]) => `--${name} needs a value`),
    ],
  };
}

/** No argument can hold it: they end at it. */
const NO_FLAG = '\0';

function unmark(text: string): string {
  return text.replace(NO_FLAG, '');
}

function describeProblem({ kind, name, value = '', message }: FlagProblem, knownFlags: string): string {
  if (kind === 'unknown flag') return `${name} is not known; there are ${knownFlags}`;
  if (kind === 'value missing') return `${name} needs a value`;
  return kind === 'value not expected' ? `${name} takes no value, got "${unmark(value)}"` : message;
}

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
