import { CommandLineError } from '@waybill/emulator-kit';
import { parseAdvance } from '../clock/parse-advance.ts';
import { readCommandLine } from './command-line.ts';

/** A request of `npm run clock`. */
export type ClockRequest =
  | { readonly command: 'help' }
  | { readonly command: 'now'; readonly dataDir: string }
  | { readonly command: 'advance'; readonly dataDir: string; readonly advanceMs: number };

export const CLOCK_HELP = `Usage: npm run clock -- now
       npm run clock -- advance 24h     also 90s, 15m, 2d, 1d12h; never back

  --data-dir FOLDER   the folder of the stack that is meant; default .waybill
  --root FOLDER       the application, from which that folder is named; default the present folder
`;

const EXAMPLE = 'npm run clock -- advance 24h';

/** Reads the command line; without a command it asks for help. @throws {CommandLineError} naming every problem */
export function readClockArguments(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ClockRequest {
  const { values, set, positionals, problems } = readCommandLine(args, environment, {
    withValue: ['data-dir'],
    withoutValue: ['help'],
  });
  const [command, ...rest] = positionals;
  const dataDir = values.get('data-dir') ?? '.waybill';
  let request: ClockRequest = { command: 'help' };
  if (command === 'now') {
    if (rest.length > 0) problems.push(`now takes nothing more, got "${rest.join(' ')}"`);
    request = { command, dataDir };
  } else if (command === 'advance') {
    request = { command, dataDir, advanceMs: readLength(rest, problems) };
  } else if (command !== undefined) {
    problems.push(`"${command}" is not known: there are now and advance, as in ${EXAMPLE}`);
  }
  if (problems.length > 0) throw new CommandLineError(problems);
  return set.has('help') ? { command: 'help' } : request;
}

function readLength(lengths: readonly string[], problems: string[]): number {
  const text = lengths.join(' ');
  if (text === '') {
    problems.push(`advance needs a length of time, as in ${EXAMPLE}`);
  } else if (text.startsWith('-')) {
    problems.push(
      `The clock goes ahead only, got "${text}"; npm start -- --fresh begins anew, at the machine's time`,
    );
  } else if (lengths.length > 1) {
    problems.push(`advance takes one length of time, written together like 1d12h, got "${text}"`);
  } else {
    try {
      return parseAdvance(text);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      problems.push(error.message);
    }
  }
  return 0;
}
