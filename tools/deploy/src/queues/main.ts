// `npm run queues -- plan --project P --location L`; see --help, and docs/queues.md.
import { CommandLineError, takeRootFlag, terminalWriter } from '@waybill/emulator-kit';
import { confirm } from './confirm.ts';
import { connectCloudTasks } from './connect-cloud-tasks.ts';
import { runQueuesCommand } from './run-queues-command.ts';

const stopping = new AbortController();
// Once: what is under way is finished and reported. Twice ends it, as it would without this.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());

const { stdin, stdout, stderr } = process;
process.exitCode = await runQueuesCommand(argumentsAtRoot(process.argv.slice(2)), {
  connect: connectCloudTasks,
  write: terminalWriter(stdout),
  writeError: terminalWriter(stderr),
  ask:
    stdin.isTTY && stdout.isTTY
      ? (question) => confirm(question, { input: stdin, output: stdout, stopping: stopping.signal })
      : undefined,
  stopping: stopping.signal,
});

/** Changes to the folder of `--root`: the queue file is named from there. */
function argumentsAtRoot(argv: readonly string[]): readonly string[] {
  try {
    const { rootDir, rest } = takeRootFlag(argv, process.cwd());
    process.chdir(rootDir);
    return rest;
  } catch (error) {
    if (!(error instanceof CommandLineError)) throw error;
    terminalWriter(process.stderr)(`${error.message}\n`);
    process.exit(2);
  }
}
