// `npm run contracts:retire -- --project <id>`: tells, per environment, which versions of contracts may be taken out.
import { CommandLineError, readFlags, terminalWriter } from '@waybill/emulator-kit';
import { createGoogleClients, type GoogleClientSettings } from '@waybill/task-runtime';
import { countTasksInFlight } from '@waybill/task-runtime/operator';
import { parseHistory, readHistoryFiles } from '../history/history-files.ts';
import { judgeRetirement } from '../history/judge-retirement.ts';
import { loadCatalogue } from '../repository/load-catalogue.ts';
import { runCommand } from './run-command.ts';

const print = terminalWriter(process.stdout);
const firestoreFromEnvironment = process.env['FIRESTORE_EMULATOR_HOST'];

const HELP = `Tells which versions of contracts may be retired in an environment: npm run contracts:retire -- [flags]

  --project ID            the Google Cloud project whose ledger is asked
  --database NAME         its Firestore database; default (default)
  --root FOLDER           the repository; default the one of this command
  --firestore HOST:PORT   an emulator instead, such as 127.0.0.1:8900 for npm start; also FIRESTORE_EMULATOR_HOST

Reads the ledger and changes nothing. Ask it of every environment before you take a version out: its line and its
up-caster in contracts/catalogue.ts, then its files, and "retiredOn" with the date into its history.
`;

async function run(args: readonly string[], rootDir: string): Promise<number> {
  const { values, problems } = readFlags(args, {
    project: { type: 'string' },
    database: { type: 'string' },
    firestore: { type: 'string' },
    help: { type: 'boolean' },
  });
  if (values.help) {
    print(HELP);
    return 0;
  }
  const { project, database, firestore: firestoreEmulatorHost = firestoreFromEnvironment } = values;
  if (project === undefined) problems.push('Give the environment: --project ID');
  if (project === undefined || problems.length > 0) throw new CommandLineError(problems, `\n${HELP}`);
  // An emulator needs no credentials. Google's client would search the network for them.
  if (firestoreEmulatorHost !== undefined) process.env['METADATA_SERVER_DETECTION'] ??= 'none';
  return printRetirements({ project, database, firestoreEmulatorHost }, rootDir);
}

/** Prints the verdict for each version, and returns the exit code. */
async function printRetirements(settings: GoogleClientSettings, rootDir: string): Promise<number> {
  const catalogue = await loadCatalogue(rootDir);
  const clients = createGoogleClients(settings);
  try {
    const { histories, problems } = parseHistory(readHistoryFiles(rootDir));
    if (problems.length > 0) throw new Error(`The history can't be used: ${problems.join('; ')}`);
    const names = [...new Set(catalogue.contracts.map(({ name }) => name))];
    const inFlight = await countTasksInFlight(clients.firestore, names);
    const retirements = judgeRetirement(catalogue, histories, inFlight, Date.now());
    for (const { contract, version, verdict, reasons } of retirements) {
      print(`${contract} v${version}: ${verdict}\n`);
      for (const reason of reasons) print(`  ${reason}\n`);
    }
    const unknown = inFlight.filter(
      ({ contract, version }) => catalogue.find(contract, version) === undefined,
    );
    for (const { contract, version, waiting, dead } of unknown) {
      print(
        `${contract} v${version}: not in the catalogue, but ${waiting} of its tasks are still to be done and ${dead} are dead: put it back\n`,
      );
    }
    return unknown.length > 0 ? 1 : 0;
  } finally {
    await clients.close();
  }
}

await runCommand(run);
