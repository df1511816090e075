// `npm run mail` lists the mails in the local mailbox; `npm run mail -- show 2` prints one of them.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { escapeLine, takeRootFlag, terminalWriter } from '@waybill/emulator-kit';
import type { Mail } from '@waybill/sandboxes';
import { readMailbox } from '@waybill/sandboxes';
import { reportFailure } from './command-line.ts';
import { MAIL_HELP, readMailArguments } from './read-mail-arguments.ts';

const print = terminalWriter(process.stdout);

try {
  const { rootDir, rest } = takeRootFlag(process.argv.slice(2), process.cwd());
  // The data folder is named from there.
  process.chdir(rootDir);
  const request = readMailArguments(rest, process.env);
  if (request.command === 'help') print(MAIL_HELP);
  else if (request.command === 'list') list(await readMails(request.dataDir));
  else show(await readMails(request.dataDir), request.number);
} catch (error) {
  process.exitCode = reportFailure(error, terminalWriter(process.stderr), 'npm run mail -- --help');
}

async function readMails(dataDir: string): Promise<Mail[]> {
  const folder = join(dataDir, 'mailbox');
  if (!existsSync(folder)) {
    throw new Error(
      `There is no mailbox in the folder ${dataDir}: start a stack with npm start, or name its folder with --data-dir`,
    );
  }
  return readMailbox(folder);
}

function list(mails: readonly Mail[]): void {
  if (mails.length === 0) print('No mail yet\n');
  for (const [index, { receivedAt, recipients, subject }] of mails.entries()) {
    const number = String(index + 1).padStart(3);
    print(`${number}  ${receivedAt}  ${escapeLine(`${recipients.join(', ')}  ${subject}`)}\n`);
  }
}

function show(mails: readonly Mail[], number: number): void {
  const mail = mails[number - 1];
  if (mail === undefined) {
    throw new Error(
      mails.length === 0
        ? `There is no mail ${number}: none has come yet`
        : `There is no mail ${number}: the last one is ${mails.length}; npm run mail lists them`,
    );
  }
  const head = [
    ['From', mail.from],
    ['To', mail.recipients.join(', ')],
    ['Subject', mail.subject],
    ['Received', mail.receivedAt],
    ['File', mail.file],
  ];
  print(`${head.map(([name, value]) => `${name}: ${escapeLine(value ?? '')}`).join('\n')}\n\n`);
  print(`${(mail.text ?? mail.html ?? '').trimEnd()}\n`);
}
