// Prints the gcloud commands for firestore.indexes.json, one a line; tools/deploy/bootstrap.sh runs them.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { takeRootFlag } from '@waybill/emulator-kit';
import { readDeployableIndexes } from '../configuration/read-deployable-indexes.ts';
import { shellText } from '../process/command.ts';
import { indexCommands } from './index-commands.ts';

const { rootDir, rest } = takeRootFlag(process.argv.slice(2), join(import.meta.dirname, '../../../..'));
const { values } = parseArgs({
  args: [...rest],
  options: { project: { type: 'string' }, database: { type: 'string', default: '(default)' } },
});
if (values.project === undefined) {
  process.stderr.write('--project PROJECT is missing\n');
  process.exitCode = 2;
} else {
  const { project, database } = values;
  const commands = indexCommands(readDeployableIndexes(join(rootDir, 'firestore.indexes.json')), {
    project,
    database,
  });
  process.stdout.write(commands.map((command) => `${shellText(command)}\n`).join(''));
}
