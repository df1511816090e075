import { parseArgs } from 'node:util';
import { parseHumanDuration } from '@waybill/emulator-kit/human-duration';

/** A longer duration is a typing error. */
const MAX_DURATION_MS = 9_999 * 86_400_000;

/** What the command line, or the answers to its questions, say. Not yet checked. */
export interface NewContractAnswers {
  readonly name: string | undefined;
  readonly queue: string | undefined;
  readonly delay: string | undefined;
  readonly deadline: string | undefined;
  readonly description: string | undefined;
}

/** What the command line says. */
export interface NewContractFlags extends NewContractAnswers {
  readonly nextVersion: boolean;
  readonly help: boolean;
  /** What is wrong with it. */
  readonly problems: readonly string[];
}

export const HELP = `Makes a contract, or the next version of one:

  npm run new:contract -- send-sms-reminder --queue emails --delay 1h
  npm run new:contract -- charge-payment --next-version

  --queue NAME          a queue of queue-config/queues.yaml
  --delay DURATION      how long after it is enqueued the task is delivered: 30s, 15m, 1h, 2d; default at once
  --deadline DURATION   how long one attempt may take, at most 570s; default 60s
  --description TEXT    what the task does, for people
  --next-version        a version beside the newest, with an up-caster
  --help                print this and end

Without any of these it asks.
`;

const TEXT_FLAGS = ['queue', 'delay', 'deadline', 'description'];

/** Reads the command line; finds all that is wrong with it. */
export function readFlags(args: readonly string[]): NewContractFlags {
  const { values, positionals, tokens } = parseArgs({
    args: [...args],
    options: {
      queue: { type: 'string' },
      delay: { type: 'string' },
      deadline: { type: 'string' },
      description: { type: 'string' },
      'next-version': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const problems: string[] = [];
  const known = [...TEXT_FLAGS, 'next-version', 'help'];
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    if (!known.includes(token.name)) problems.push(`there is no flag ${token.rawName}`);
    else if (TEXT_FLAGS.includes(token.name) && token.value === undefined)
      problems.push(`${token.rawName} needs a value`);
  }
  if (positionals.length > 1) problems.push(`give one name, got ${positionals.join(', ')}`);
  const text = (name: string): string | undefined => {
    const value: unknown = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  const nextVersion = values['next-version'] === true;
  if (nextVersion) {
    for (const flag of TEXT_FLAGS) {
      if (values[flag] !== undefined) problems.push(`--${flag} is the contract’s own: change it in its file`);
    }
  }
  return {
    name: positionals[0],
    queue: text('queue'),
    delay: text('delay'),
    deadline: text('deadline'),
    description: text('description'),
    nextVersion,
    help: values['help'] === true,
    problems,
  };
}

/** Reads a duration such as `90s` or `1d12h`, in seconds. @returns undefined for another form, or over 9,999 days */
export function parseSeconds(text: string): number | undefined {
  const durationMs = parseHumanDuration(text);
  return durationMs === undefined || durationMs > MAX_DURATION_MS ? undefined : durationMs / 1_000;
}
