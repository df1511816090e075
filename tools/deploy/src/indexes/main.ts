// Prints the gcloud commands for firestore.indexes.json, one a line; tools/deploy/bootstrap.sh runs them.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { shellText } from '../process/gcloud-commands.ts';
import { indexCommands } from './index-commands.ts';
import { readIndexFile } from '@waybill/google-config';

const rootDir = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const { values } = parseArgs({
  options: { project: { type: 'string' }, database: { type: 'string', default: '(default)' } },
});
if (values.project === undefined) {
  process.stderr.write('--project PROJECT is missing\n');
  process.exitCode = 2;
} else {
  const { project, database } = values;
  const commands = indexCommands(readIndexFile(join(rootDir, 'firestore.indexes.json')), {
    project,
    database,
  });
  process.stdout.write(commands.map((command) => `${shellText(command)}\n`).join(''));
}
