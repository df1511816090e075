// `npm run expiry -- set --project P`; see --help, and docs/privacy.md.
import { terminalWriter } from '@waybill/emulator-kit';
import { connectFirestore } from '../firestore-target.ts';
import { runExpiryCommand } from './run-expiry-command.ts';

const { stdout, stderr } = process;
process.exitCode = await runExpiryCommand(process.argv.slice(2), {
  connect: connectFirestore,
  write: terminalWriter(stdout),
  writeError: terminalWriter(stderr),
});
