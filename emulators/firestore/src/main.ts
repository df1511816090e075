import { parseArgs } from 'node:util';
import { runEmulatorCommand } from '@waybill/emulator-kit';
import { startFirestoreEmulator } from './start-firestore-emulator.ts';

const HELP = `Firestore on this machine, for the official clients: set FIRESTORE_EMULATOR_HOST to its address.

Options:
  --host HOST     where to listen; default 127.0.0.1
  --port PORT     default 8900; 0 takes any free port
  --data-dir DIR  keep the data there, over restarts and kill -9; default: in memory only
  --help          show this
`;

await main(process.argv.slice(2));

async function main(args: string[]): Promise<void> {
  const { values, tokens } = parseArgs({
    args,
    strict: false,
    tokens: true,
    options: {
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '8900' },
      'data-dir': { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const problems = tokens.flatMap((token) => {
    if (token.kind === 'positional') return [`unknown argument "${token.value}"`];
    if (token.kind !== 'option') return [];
    if (!['host', 'port', 'data-dir'].includes(token.name)) return [`unknown option ${token.rawName}`];
    return token.value === undefined || token.value === '' ? [`${token.rawName} needs a value`] : [];
  });
  const port = Number(values.port);
  if (!/^\d+$/.test(String(values.port)) || port > 65_535) {
    problems.push(`--port must be a whole number from 0 to 65535, got "${values.port}"`);
  }
  if (problems.length > 0) {
    process.stderr.write(`firestore-emulator: ${problems.join('; ')}. See --help.\n`);
    process.exitCode = 2;
    return;
  }
  const dataDir = values['data-dir'];
  await runEmulatorCommand({
    name: 'firestore-emulator',
    start: async () => {
      const emulator = await startFirestoreEmulator({
        host: String(values.host),
        port,
        ...(typeof dataDir === 'string' ? { dataDir } : {}),
        onWriteFailed: ({ message }) =>
          process.stderr.write(`firestore-emulator: The data could not be written to the disk: ${message}\n`),
      });
      return {
        address: `${emulator.host}:${emulator.port}`,
        close: () => emulator.close(),
        failed: emulator.dataGone,
      };
    },
  });
}
