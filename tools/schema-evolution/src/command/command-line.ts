import { parseArgs } from 'node:util';
import type { Role } from '../judge-change.ts';

export const HELP = `Judges whether a change of a JSON Schema breaks a process that reads or writes its payloads.

  schema-evolution <old.json> <new.json> [flags]

  --role reader   whether the new schema accepts every payload of the old one
  --role writer   whether the old schema accepts every payload of the new one
  --role both     both; this is the default
  --json          prints the judgement as JSON
  --help          prints this text

Exit codes:
  0   compatible: it is proven that no payload is rejected
  1   not compatible: a payload is accepted by one schema and rejected by the other; it is printed
  2   not decided, or the command line or a schema cannot be used

The schemas are JSON Schema 2020-12. References lead to "$defs" of the same file.
`;

/** A command line of `schema-evolution`. */
export type CommandLine =
  | { readonly help: true }
  | {
      readonly help: false;
      readonly oldFile: string;
      readonly newFile: string;
      readonly roles: readonly Role[];
      readonly json: boolean;
    };

/** Thrown for a command line or a file that cannot be used. The message says what to do. */
export class BadInputError extends Error {
  override readonly name = 'BadInputError';
  readonly code = 'BAD_INPUT';
  readonly retryable = false;
}

const ROLES: ReadonlyMap<string, readonly Role[]> = new Map([
  ['both', ['reader', 'writer']],
  ['reader', ['reader']],
  ['writer', ['writer']],
]);

/**
 * Reads the command line of `schema-evolution`.
 * @param args without node and the script
 * @throws {BadInputError} if it cannot be used
 */
export function readCommandLine(args: readonly string[]): CommandLine {
  const { values, positionals } = parse(args);
  if (values.help) return { help: true };
  const [oldFile, newFile, ...others] = positionals;
  if (oldFile === undefined || newFile === undefined || others.length > 0) {
    throw new BadInputError(
      `Expected two files, <old.json> <new.json>, got ${positionals.length}. See --help.`,
    );
  }
  const role = values.role ?? 'both';
  const roles = ROLES.get(role);
  if (roles === undefined) {
    throw new BadInputError(`--role must be reader, writer or both, got "${role}". See --help.`);
  }
  return { help: false, oldFile, newFile, roles, json: values.json ?? false };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: { role: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
      allowPositionals: true,
    });
  } catch (error) {
    // The rest of the message is advice on arguments that begin with a dash.
    const problem = (error as Error).message.replace(/\. To specify .*/s, '');
    throw new BadInputError(`${problem}. See --help.`, { cause: error });
  }
}
