// `npm run stock -- show --project P`; see --help, and the section "Before a rollback" of docs/deploy.md.
import { terminalWriter } from '@waybill/emulator-kit';
import { connectFirestore } from '../firestore-target.ts';
import { runStockCommand } from './run-stock-command.ts';

const { stdout, stderr } = process;
process.exitCode = await runStockCommand(process.argv.slice(2), {
  connect: connectFirestore,
  write: terminalWriter(stdout),
  writeError: terminalWriter(stderr),
});
