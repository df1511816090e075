// `npm run new:contract -- send-sms-reminder --queue emails --delay 1h`; bare, it asks.
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { readQueueFile } from '@waybill/google-config';
import { catalogue } from '@waybill/task-contracts';
import { writeFiles } from '../repository/write-files.ts';
import { namesOf } from '../scaffold/contract-names.ts';
import { HELP, type NewContractAnswers, parseSeconds, readFlags } from '../scaffold/new-contract-flags.ts';
import {
  NewContractError,
  nameProblems,
  planContract,
  planNextVersion,
  type Workplace,
} from '../scaffold/plan-contract.ts';

/** App Engine's automatic scaling ends a request after 10 minutes; see contract.ts. */
const MAX_DEADLINE_SECONDS = 570;

const rootDir = join(import.meta.dirname, '../../../..');
const workplace: Workplace = { rootDir, catalogue, today: new Date().toISOString().slice(0, 10) };
const queues = readQueueFile(join(rootDir, 'queue-config/queues.yaml')).queues.map(({ name }) => name);

async function run(args: readonly string[]): Promise<void> {
  const flags = readFlags(args);
  if (flags.help) {
    process.stdout.write(HELP);
    return;
  }
  if (flags.nextVersion) {
    const problems = [...flags.problems, ...(flags.name === undefined ? ['give the contract’s name'] : [])];
    if (flags.name === undefined || problems.length > 0) throw new NewContractError(problems);
    write(planNextVersion(workplace, flags.name));
    const version = (catalogue.newest(flags.name)?.version ?? 0) + 1;
    process.stdout.write(`
Now change v${version}.ts: its schema and its example. Then npm run check: the compiler says what the up-caster and the
handler still lack, and npm run contracts:check -- --record, npm run contracts:docs bring history and pages up to date.
`);
    return;
  }
  const isBare = args.length === 0 && process.stdin.isTTY && process.stdout.isTTY;
  const answers = isBare ? await ask() : flags;
  write(planContract(workplace, checked(answers, flags.problems)));
  process.stdout.write(`
It passes npm run check and its test as it is. Now say in v1.ts what its payload is, and do it in its handler.
`);
}

/** @throws {NewContractError} naming all that is wrong */
function checked(answers: NewContractAnswers, found: readonly string[]) {
  const problems = [...found];
  const { name, queue, delay, deadline } = answers;
  if (name === undefined) problems.push('give a name, as send-sms-reminder');
  else problems.push(...nameProblems(workplace, name));
  if (queue === undefined) problems.push(`give a queue: --queue ${queues.join(' | ')}`);
  else if (!queues.includes(queue)) {
    problems.push(`there is no queue "${queue}" in queue-config/queues.yaml; there are ${queues.join(', ')}`);
  }
  const delaySeconds = delay === undefined ? 0 : parseSeconds(delay);
  if (delaySeconds === undefined) problems.push(`--delay must be like 30s, 15m, 1h or 2d, got "${delay}"`);
  const deadlineSeconds = deadline === undefined ? undefined : parseSeconds(deadline);
  const isDeadline =
    deadlineSeconds !== undefined && deadlineSeconds >= 1 && deadlineSeconds <= MAX_DEADLINE_SECONDS;
  if (deadline !== undefined && !isDeadline) {
    problems.push(
      `--deadline must be like 30s or 5m, from 1s to ${MAX_DEADLINE_SECONDS}s, got "${deadline}"`,
    );
  }
  const description = answers.description?.trim() || sentenceOf(name ?? '');
  if (/[\r\n]|\*\//.test(description)) problems.push('--description must be one line, without */');
  if (problems.length > 0 || name === undefined || queue === undefined || delaySeconds === undefined) {
    throw new NewContractError(problems);
  }
  return { names: namesOf(name), description, queue, delaySeconds, deadlineSeconds };
}

/** `send-sms-reminder` as a sentence. */
function sentenceOf(name: string): string {
  const words = name.split('-').join(' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

async function ask(): Promise<NewContractAnswers> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const question = async (text: string): Promise<string | undefined> =>
    (await terminal.question(text)).trim() || undefined;
  try {
    return {
      name: await question('Name, as verb and object (send-sms-reminder): '),
      queue: await question(`Queue (${queues.join(', ')}): `),
      delay: await question('Delay, as 1h (at once): '),
      deadline: await question('Deadline of one attempt (60s): '),
      description: await question('What it does, in one sentence: '),
    };
  } finally {
    terminal.close();
  }
}

function write(files: readonly { path: string; text: string }[]): void {
  writeFiles(rootDir, files);
  for (const { path } of files) process.stdout.write(`wrote ${path}\n`);
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof NewContractError)) throw error;
  process.stderr.write(
    `Nothing was written:\n${error.problems.map((problem) => `  ${problem}`).join('\n')}\n`,
  );
  process.exitCode = 1;
}
