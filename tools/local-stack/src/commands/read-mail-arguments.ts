import { CommandLineError } from '@waybill/emulator-kit';
import { readCommandLine } from './command-line.ts';

/** A request of `npm run mail`. */
export type MailRequest =
  | { readonly command: 'help' }
  | { readonly command: 'list'; readonly dataDir: string }
  /** `number` counts from 1. */
  | { readonly command: 'show'; readonly dataDir: string; readonly number: number };

export const MAIL_HELP = `Usage: npm run mail              lists the mails, oldest first
       npm run mail -- show 2    prints the second

  --data-dir FOLDER   the folder of the stack that is meant; default .waybill
  --root FOLDER       the application, from which that folder is named; default the present folder
`;

const EXAMPLE = 'npm run mail -- show 1';

/** Reads the command line; without a command it asks for the list. @throws {CommandLineError} naming every problem */
export function readMailArguments(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): MailRequest {
  const { values, set, positionals, problems } = readCommandLine(args, environment, {
    withValue: ['data-dir'],
    withoutValue: ['help'],
  });
  const [command, ...rest] = positionals;
  const dataDir = values.get('data-dir') ?? '.waybill';
  let request: MailRequest = { command: 'list', dataDir };
  if (command === 'show') {
    request = { command, dataDir, number: readNumber(rest, problems) };
  } else if (command !== undefined) {
    problems.push(
      `"${command}" is not known: there is show, as in ${EXAMPLE}; npm run mail alone lists the mails`,
    );
  }
  if (problems.length > 0) throw new CommandLineError(problems);
  return set.has('help') ? { command: 'help' } : request;
}

function readNumber(numbers: readonly string[], problems: string[]): number {
  const text = numbers.join(' ');
  if (text === '') problems.push(`show needs the number of a mail, as npm run mail lists them: ${EXAMPLE}`);
  else if (!/^[1-9]\d{0,8}$/.test(text)) {
    problems.push(`show takes one number of a mail, from 1 as npm run mail lists them, got "${text}"`);
  }
  return Number(text);
}
