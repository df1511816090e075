import { type ParseArgsConfig, type ParseArgsOptionsConfig, parseArgs } from 'node:util';

type Values<Flags extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: Flags }>
>['values'];

/** A part of a command line that Node's `parseArgs` refuses. */
export interface FlagProblem {
  readonly kind: 'unknown flag' | 'value missing' | 'value not expected' | 'positional not expected';
  /** The flag with its dashes, or the positional. */
  readonly name: string;
  /** Present for a flag that was given a value. */
  readonly value?: string;
  /** Node's message, in one sentence; for an unknown flag with all flags that there are. */
  readonly message: string;
}

/** Settings of {@link readFlags}. */
export interface ReadFlagsOptions {
  /** Default: no positional is expected. */
  readonly allowPositionals?: boolean;
  /** Words a problem; default: its `message`. */
  readonly describe?: (problem: FlagProblem, knownFlags: string) => string;
}

/** The parts of a command line. */
export interface FlagsRead<Flags extends ParseArgsOptionsConfig> {
  /** Values by flag, with defaults. Flags with a problem are left out. */
  readonly values: Values<Flags>;
  readonly positionals: readonly string[];
  /** Every problem so far, in the order of the command line. The caller adds those of the values. */
  readonly problems: string[];
}

/**
 * Reads the flags of a command. Goes on after a problem, so that the caller can name all problems at once.
 * @param args without node and the script
 * @param flags as Node's `parseArgs` takes them
 */
export function readFlags<Flags extends ParseArgsOptionsConfig>(
  args: readonly string[],
  flags: Flags,
  options: ReadFlagsOptions = {},
): FlagsRead<Flags> {
  const { allowPositionals = false, describe = ({ message }) => message } = options;
  const knownFlags = Object.keys(flags)
    .map((name) => `--${name}`)
    .join(', ');
  const found = new Map<number, FlagProblem>();
  const usable: string[] = [];
  const positionals: string[] = [];
  for (const token of tokensOf(args, flags)) {
    if (token.kind === 'option-terminator') continue;
    const part = partOf(args, token);
    const refusal = refusalOf(token.kind === 'option' ? part : ['--', ...part], flags, allowPositionals);
    if (refusal === undefined) {
      if (token.kind === 'option') usable.push(...part);
      else positionals.push(token.value);
    } else if (!found.has(token.index)) {
      // Short flags written together, such as -1h, are one part: one problem is enough.
      found.set(token.index, problemOf(token, refusal, knownFlags));
    }
  }
  return {
    values: parseArgs({ args: usable, options: flags }).values,
    positionals,
    problems: [...found.values()].map((problem) => describe(problem, knownFlags)),
  };
}

type Token = ReturnType<typeof tokensOf>[number];

function tokensOf(args: readonly string[], options: ParseArgsOptionsConfig) {
  return parseArgs({ args, options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

/** The arguments that a token stands for: a flag and its value can be two. */
function partOf(args: readonly string[], token: Exclude<Token, { kind: 'option-terminator' }>): string[] {
  const hasSeparateValue = token.kind === 'option' && token.value !== undefined && !token.inlineValue;
  return args.slice(token.index, token.index + (hasSeparateValue ? 2 : 1));
}

/** Node's error for these arguments; undefined when it takes them. */
function refusalOf(
  args: string[],
  options: ParseArgsOptionsConfig,
  allowPositionals: boolean,
): NodeJS.ErrnoException | undefined {
  const config: ParseArgsConfig = { args, options, allowPositionals };
  try {
    parseArgs(config);
    return undefined;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}

function problemOf(
  token: Exclude<Token, { kind: 'option-terminator' }>,
  { code, message }: NodeJS.ErrnoException,
  knownFlags: string,
): FlagProblem {
  if (token.kind === 'positional') {
    return { kind: 'positional not expected', name: token.value, message: firstSentence(message) };
  }
  const { rawName: name, value } = token;
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    return { kind: 'unknown flag', name, message: `${firstSentence(message)}; there are ${knownFlags}` };
  }
  // Node takes no flag for a value unless it is written with "=".
  const isMissing = value === undefined || (!token.inlineValue && value.startsWith('-'));
  return {
    kind: isMissing ? 'value missing' : 'value not expected',
    name,
    ...(!isMissing && { value }),
    // The rest of it is advice on arguments that begin with a dash.
    message: message.replace(/\nTo specify .*/s, ''),
  };
}

function firstSentence(message: string): string {
  return message.replace(/\. .*/s, '');
}
