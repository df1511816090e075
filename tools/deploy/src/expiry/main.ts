// `npm run expiry -- set --project P`; see --help, and docs/privacy.md.
import { terminalWriter } from '@waybill/emulator-kit';
import { createGoogleClients } from '@waybill/task-runtime';
import { runExpiryCommand } from './run-expiry-command.ts';

const { stdout, stderr } = process;
process.exitCode = await runExpiryCommand(process.argv.slice(2), {
  connect: ({ project, database, endpoint }) =>
    createGoogleClients({ project, database, firestoreEmulatorHost: endpoint }).firestore,
  write: terminalWriter(stdout),
  writeError: terminalWriter(stderr),
});
