// `npm run mail` lists what the local mailbox has taken; `npm run mail -- show 2` prints one of them.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Mail } from './mailbox/mail.ts';
import { readMailbox } from './mailbox/mail-store.ts';

const HELP = `Usage: npm run mail              lists the mails, oldest first
       npm run mail -- show 2    prints the second

  --data-dir FOLDER   the folder of the stack that is meant; default .waybill
`;

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'data-dir': { type: 'string', default: '.waybill' },
      help: { type: 'boolean', default: false },
    },
  });
  const [command, which] = positionals;
  if (values.help) {
    process.stdout.write(HELP);
  } else if (command === undefined) {
    list(await readMails(values['data-dir']));
  } else if (command === 'show' && which !== undefined && positionals.length === 2) {
    show(await readMails(values['data-dir']), which);
  } else {
    throw new Error(`"${positionals.join(' ')}" is not known.\n${HELP}`);
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
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
  if (mails.length === 0) process.stdout.write('No mail yet\n');
  for (const [index, { receivedAt, recipients, subject }] of mails.entries()) {
    const number = String(index + 1).padStart(3);
    process.stdout.write(`${number}  ${receivedAt}  ${recipients.join(', ')}  ${subject}\n`);
  }
}

function show(mails: readonly Mail[], which: string): void {
  const mail = /^\d+$/.test(which) ? mails[Number(which) - 1] : undefined;
  if (mail === undefined)
    throw new Error(`There is no mail ${which}: there are ${mails.length}, counted from 1`);
  const head = [
    ['From', mail.from],
    ['To', mail.recipients.join(', ')],
    ['Subject', mail.subject],
    ['Received', mail.receivedAt],
    ['File', mail.file],
  ];
  process.stdout.write(`${head.map(([name, value]) => `${name}: ${value}`).join('\n')}\n\n`);
  process.stdout.write(`${(mail.text ?? mail.html ?? '').trimEnd()}\n`);
}
