import { MAX_DEADLINE_SECONDS } from '@waybill/contract-kit';
import { type FlagProblem, readFlags } from '@waybill/emulator-kit';
import { parseHumanDuration } from '@waybill/emulator-kit/human-duration';

/** A longer duration is a typing error. */
const MAX_DURATION_MS = 9_999 * 86_400_000;

/** The input for a new contract, from the command line or from questions. Not yet checked. */
export interface NewContractInput {
  readonly name: string | undefined;
  readonly queue: string | undefined;
  /** A queue that does not exist yet. */
  readonly newQueue: string | undefined;
  readonly owner: string | undefined;
  readonly service: string | undefined;
  /** Whether the service is to be made too. */
  readonly newService: boolean;
  readonly delay: string | undefined;
  readonly deadline: string | undefined;
  readonly description: string | undefined;
}

/** The parsed command line. */
export interface NewContractFlags extends NewContractInput {
  readonly nextVersion: boolean;
  readonly help: boolean;
  /** All problems of the command line. */
  readonly problems: readonly string[];
}

export const HELP = `Makes a contract, or the next version of one:

  npm run new:contract -- send-sms-reminder --queue emails --delay 1h
  npm run new:contract -- issue-invoice --queue invoices --service billing
  npm run new:contract -- charge-payment --next-version

  --queue NAME          a queue of queue-config/queues.yaml
  --new-queue NAME      a queue that is added to that file instead
  --owner OWNER         who reviews its changes: @org/team, @user or an e-mail address; default: that of * in CODEOWNERS
  --service NAME        the service in apps/ that does it; default worker
  --new-service         make that service too: apps/NAME, and its sweep in cron.yaml
  --delay DURATION      how long after it is enqueued the task is delivered: 30s, 15m, 1h, 2d; default at once
  --deadline DURATION   how long one attempt may take, at most ${MAX_DEADLINE_SECONDS}s; default 60s
  --description TEXT    what the task does, for people
  --next-version        a version beside the newest, with an up-caster
  --root FOLDER         the repository; default the one of this command
  --help                print this and end

Without any of these it asks.
`;

const TEXT_FLAGS = {
  queue: { type: 'string' },
  'new-queue': { type: 'string' },
  owner: { type: 'string' },
  service: { type: 'string' },
  delay: { type: 'string' },
  deadline: { type: 'string' },
  description: { type: 'string' },
} as const;

/** Reads the command line. It goes on after a problem, to report all of them at once. */
export function readNewContractFlags(args: readonly string[]): NewContractFlags {
  const flags = {
    ...TEXT_FLAGS,
    'new-service': { type: 'boolean' },
    'next-version': { type: 'boolean' },
    help: { type: 'boolean' },
  } as const;
  const { values, positionals, problems } = readFlags(args, flags, {
    allowPositionals: true,
    describe: describeProblem,
  });
  if (positionals.length > 1) problems.push(`give one name, got ${positionals.join(', ')}`);
  const { queue, 'new-queue': newQueue, owner, service, delay, deadline, description } = values;
  const { 'new-service': newService = false, 'next-version': nextVersion = false, help = false } = values;
  if (newService && service === undefined) problems.push('--new-service goes with --service NAME');
  if (nextVersion) {
    for (const flag of Object.keys(TEXT_FLAGS) as (keyof typeof TEXT_FLAGS)[]) {
      if (values[flag] !== undefined) problems.push(`--${flag} is the contract’s own: change it in its file`);
    }
  }
  return {
    name: positionals[0],
    queue,
    newQueue,
    owner,
    service,
    newService,
    delay,
    deadline,
    description,
    nextVersion,
    help,
    problems,
  };
}

function describeProblem({ kind, name, message }: FlagProblem, knownFlags: string): string {
  if (kind === 'unknown flag') return `there is no flag ${name}; there are ${knownFlags}`;
  return kind === 'value missing' ? `${name} needs a value` : message;
}

/** Reads a duration such as `90s` or `1d12h`, in seconds. @returns undefined for another form, or over 9,999 days */
export function parseSeconds(text: string): number | undefined {
  const durationMs = parseHumanDuration(text);
  return durationMs === undefined || durationMs > MAX_DURATION_MS ? undefined : durationMs / 1_000;
}
