import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ClientPrograms, clientPrograms, skipWithout } from '@waybill/emulator-kit/testing';

/** Programs in one language that call the Cloud Tasks emulator. */
export interface CloudTasksPrograms extends ClientPrograms {
  /** The methods that the client lacks, or fails in, by transport. */
  readonly lacks: Readonly<Partial<Record<'grpc' | 'rest', readonly string[]>>>;
  /** The transports that the client has; the program that calls every method takes one as its argument. */
  readonly transports: readonly ('grpc' | 'rest')[];
}

/** The methods of batches and keys, which some clients have in no version. */
const BATCHES_AND_KEYS = [
  'BatchCreateTasks',
  'BatchDeleteTasks',
  'GetOperation',
  'UpdateCmekConfig',
  'GetCmekConfig',
];

const { node, python, go, java, rust } = clientPrograms(
  dirname(fileURLToPath(import.meta.url)),
  'cloud-tasks',
);

/** The programs of this folder. */
export const CLIENT_PROGRAMS: readonly CloudTasksPrograms[] = [
  // Over REST its client of operations doesn't know the messages of a batch, and retries until its timeout.
  { ...node, lacks: { rest: ['GetOperation'] }, transports: ['grpc', 'rest'] },
  { ...python, lacks: {}, transports: ['grpc', 'rest'] },
  { ...go, lacks: {}, transports: ['grpc', 'rest'] },
  { ...java, lacks: { grpc: BATCHES_AND_KEYS, rest: BATCHES_AND_KEYS }, transports: ['grpc', 'rest'] },
  { ...rust, lacks: {}, transports: ['rest'] },
];

/** The programs in a language; skips the test where this machine lacks what they need. */
export function programsIn(language: string, test: { skip(): never }): CloudTasksPrograms {
  const found = CLIENT_PROGRAMS.find((programs) => programs.language === language);
  if (found === undefined) throw new Error(`No client programs in ${language}`);
  skipWithout(found.needs, language, test);
  return found;
}
