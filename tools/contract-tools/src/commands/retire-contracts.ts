// `npm run contracts:retire -- --project <id>`: tells, per environment, which versions of contracts may be taken out.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { catalogue } from '@waybill/task-contracts';
import { createGoogleClients } from '@waybill/task-runtime';
import { countTasksInFlight } from '@waybill/task-runtime/operator';
import { parseHistory, readHistoryFiles } from '../history/history.ts';
import { judgeRetirement } from '../history/judge-retirement.ts';

const HELP = `Tells which versions of contracts may be retired in an environment: npm run contracts:retire -- [flags]

  --project ID            the Google Cloud project whose ledger is asked
  --database NAME         its Firestore database; default (default)
  --firestore HOST:PORT   an emulator instead, such as 127.0.0.1:8900 for npm start; also FIRESTORE_EMULATOR_HOST

Reads the ledger and changes nothing. Ask it of every environment before you take a version out: its line and its
up-caster in contracts/index.ts, then its files, and "retiredOn" with the date into its history.
`;

const { values } = parseArgs({
  options: {
    project: { type: 'string' },
    database: { type: 'string' },
    firestore: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) process.stdout.write(HELP);
else if (values.project === undefined) {
  process.stderr.write(`Give the environment: --project ID\n\n${HELP}`);
  process.exitCode = 2;
} else await tell(values.project);

async function tell(project: string): Promise<void> {
  const firestoreEmulatorHost = values.firestore ?? process.env['FIRESTORE_EMULATOR_HOST'];
  // An emulator needs no credentials, and Google's client would look for some on the network.
  if (firestoreEmulatorHost !== undefined) process.env['METADATA_SERVER_DETECTION'] ??= 'none';
  const clients = createGoogleClients({ project, database: values.database, firestoreEmulatorHost });
  const rootDir = join(import.meta.dirname, '../../../..');
  try {
    const { histories, problems } = parseHistory(readHistoryFiles(rootDir));
    if (problems.length > 0) throw new Error(`The history can't be used: ${problems.join('; ')}`);
    const names = [...new Set(catalogue.contracts.map(({ name }) => name))];
    const inFlight = await countTasksInFlight(clients.firestore, names);
    for (const { contract, version, verdict, reasons } of judgeRetirement(
      catalogue,
      histories,
      inFlight,
      Date.now(),
    )) {
      process.stdout.write(`${contract} v${version}: ${verdict}\n`);
      for (const reason of reasons) process.stdout.write(`  ${reason}\n`);
    }
    const unknown = inFlight.filter(
      ({ contract, version }) => catalogue.find(contract, version) === undefined,
    );
    for (const { contract, version, waiting, dead } of unknown) {
      process.stdout.write(
        `${contract} v${version}: not in the catalogue, but ${waiting} of its tasks are still to be done and ${dead} are dead: put it back\n`,
      );
    }
    process.exitCode = unknown.length > 0 ? 1 : 0;
  } finally {
    await clients.close();
  }
}
