import { readFileSync } from 'node:fs';
import { YamlFile } from '../yaml/yaml-file.ts';
import type { QueueFile } from './declared-queue.ts';
import { QueueFileError } from './queue-file-error.ts';
import { readQueues } from './read-queues.ts';

/**
 * Reads a file of queues in the field names of the Cloud Tasks API; see docs/queues.md.
 * @throws {QueueFileError} naming all problems at once, or that the file can't be read
 */
export function readQueueFile(file: string): QueueFile {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new QueueFileError(file, [`it can't be read: ${(error as Error).message}`], { cause: error });
  }
  return parseQueueFile(file, text);
}

/** Reads the text of a queue file. @throws {QueueFileError} naming all problems at once */
export function parseQueueFile(file: string, text: string): QueueFile {
  // Only Waybill's tools read this file, so it is today's YAML and not gcloud's.
  const yaml = new YamlFile(file, text, '1.2');
  const content = yaml.isReadable ? readQueues(yaml) : { queues: [], managed: [], unmanaged: [] };
  const { problems } = yaml;
  if (problems.length === 0) return content;
  throw new QueueFileError(
    file,
    problems.map((problem) => `line ${problem.line}: ${problem.text}`),
  );
}
