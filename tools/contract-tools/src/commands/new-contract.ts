// `npm run new:contract -- send-sms-reminder --queue emails --delay 1h`; bare, it asks.
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { readQueueFile } from '@waybill/google-config';
import { defaultOwner } from '../documents/code-owners.ts';
import { loadCatalogue } from '../repository/load-catalogue.ts';
import { writeFiles } from '../repository/write-files.ts';
import { checkNewContract } from '../scaffold/check-new-contract.ts';
import { serviceFolder } from '../scaffold/handler-paths.ts';
import { HELP, type NewContractInput, readNewContractFlags } from '../scaffold/new-contract-flags.ts';
import {
  NewContractError,
  planContract,
  planNextVersion,
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
  const input = isInteractive ? await ask(queues, rootDir) : flags;
  const contract = checkNewContract(input, { workplace, queues, found: flags.problems });
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

async function ask(queues: readonly string[], rootDir: string): Promise<NewContractInput> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const question = async (text: string): Promise<string | undefined> =>
    (await terminal.question(text)).trim() || undefined;
  try {
    const name = await question('Name, as verb and object (send-sms-reminder): ');
    const queue = await question(`Queue (${queues.join(', ')}; empty for a new one): `);
    return {
      name,
      queue,
      newQueue: queue === undefined ? await question('Name of the new queue: ') : undefined,
      owner: await question(`Owner, as @org/team (${defaultOwner(rootDir) ?? 'none'}): `),
      service: undefined,
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
