// `npm run queues -- plan --project P --location L`; see --help, and docs/queues.md.
import { confirm } from './confirm.ts';
import { connectCloudTasks } from './connect-cloud-tasks.ts';
import { runQueuesCommand } from './run-queues-command.ts';

const stopping = new AbortController();
// Once: what is under way is finished and reported. Twice ends it, as it would without this.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());

const { stdin, stdout, stderr } = process;
process.exitCode = await runQueuesCommand(process.argv.slice(2), {
  connect: connectCloudTasks,
  write: (text) => stdout.write(text),
  writeError: (text) => stderr.write(text),
  ask:
    stdin.isTTY && stdout.isTTY
      ? (question) => confirm(question, { input: stdin, output: stdout, stopping: stopping.signal })
      : undefined,
  stopping: stopping.signal,
});
