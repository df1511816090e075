// `npm run new:contract -- send-sms-reminder --queue emails --delay 1h`; bare, it asks.
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { MAX_DEADLINE_SECONDS } from '@waybill/contract-kit';
import { readQueueFile } from '@waybill/google-config';
import { loadCatalogue } from '../repository/load-catalogue.ts';
import { writeFiles } from '../repository/write-files.ts';
import { namesOf } from '../scaffold/contract-names.ts';
import type { NewContract } from '../scaffold/contract-sources.ts';
import { serviceFolder } from '../scaffold/handler-paths.ts';
import {
  HELP,
  type NewContractInput,
  parseSeconds,
  readNewContractFlags,
} from '../scaffold/new-contract-flags.ts';
import {
  NewContractError,
  nameProblems,
  planContract,
  planNextVersion,
  serviceProblems,
  type Workplace,
} from '../scaffold/plan-contract.ts';
import { runCommand } from './run-command.ts';

async function run(args: readonly string[], rootDir: string): Promise<number> {
  const flags = readNewContractFlags(args);
  if (flags.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const catalogue = await loadCatalogue(rootDir);
  const workplace: Workplace = { rootDir, catalogue, today: new Date().toISOString().slice(0, 10) };
  if (flags.nextVersion) {
    const problems = [...flags.problems, ...(flags.name === undefined ? ['give the contract’s name'] : [])];
    if (flags.name === undefined || problems.length > 0) throw new NewContractError(problems);
    write(rootDir, planNextVersion(workplace, flags.name));
    const version = (catalogue.newest(flags.name)?.version ?? 0) + 1;
    process.stdout.write(`
Next: change the schema and the example in v${version}.ts, then run npm run check. The compiler reports what the up-caster
and the handler still lack. npm run contracts:check -- --record and npm run contracts:docs update history and pages.
`);
    return 0;
  }
  const queues = readQueueFile(join(rootDir, 'queue-config/queues.yaml')).queues.map(({ name }) => name);
  const isInteractive = args.length === 0 && process.stdin.isTTY && process.stdout.isTTY;
  const input = isInteractive ? await ask(queues) : flags;
  const contract = checkInput(input, { workplace, queues, found: flags.problems });
  write(rootDir, planContract(workplace, contract));
  if (contract.newService) {
    process.stdout.write(`
${serviceFolder(contract.service)} is a workspace: run npm install, which links it and adds it to package-lock.json.
docs/services.md tells how it is deployed.
`);
  }
  process.stdout.write(`
It passes npm run check and its test as it is. Next: describe the payload in v1.ts, and implement the handler.
`);
  return 0;
}

/**
 * Checks the input for a new contract.
 * @throws {NewContractError} with all problems
 */
function checkInput(
  input: NewContractInput,
  options: { workplace: Workplace; queues: readonly string[]; found: readonly string[] },
): NewContract & { readonly newService: boolean } {
  const { workplace, queues } = options;
  const problems = [...options.found];
  const { name, queue, service = 'worker', newService, delay, deadline } = input;
  problems.push(...serviceProblems(workplace, service, newService));
  if (name === undefined) problems.push('give a name, as send-sms-reminder');
  else problems.push(...nameProblems(workplace, name, service));
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
  const description = input.description?.trim() || sentenceOf(name ?? '');
  if (/[\r\n]|\*\//.test(description)) problems.push('--description must be one line, without */');
  if (problems.length > 0 || name === undefined || queue === undefined || delaySeconds === undefined) {
    throw new NewContractError(problems);
  }
  return { names: namesOf(name), description, queue, service, newService, delaySeconds, deadlineSeconds };
}

/** A name such as `send-sms-reminder` as a sentence. */
function sentenceOf(name: string): string {
  const words = name.split('-').join(' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

async function ask(queues: readonly string[]): Promise<NewContractInput> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const question = async (text: string): Promise<string | undefined> =>
    (await terminal.question(text)).trim() || undefined;
  try {
    return {
      name: await question('Name, as verb and object (send-sms-reminder): '),
      queue: await question(`Queue (${queues.join(', ')}): `),
      service: await question('Service that does it (worker): '),
      newService: false,
      delay: await question('Delay, as 1h (at once): '),
      deadline: await question('Deadline of one attempt (60s): '),
      description: await question('What it does, in one sentence: '),
    };
  } finally {
    terminal.close();
  }
}

function write(rootDir: string, files: readonly { path: string; text: string }[]): void {
  writeFiles(rootDir, files);
  for (const { path } of files) process.stdout.write(`wrote ${path}\n`);
}

await runCommand(run);
