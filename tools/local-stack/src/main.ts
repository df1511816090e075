// `npm start`: the whole system on this machine.
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { escapeLine, takeRootFlag, terminalWriter } from '@waybill/emulator-kit';
import { reportFailure } from './commands/command-line.ts';
import { readStartArguments, START_HELP, type StartArguments } from './commands/read-start-arguments.ts';
import { loadCatalogue } from './settings/load-catalogue.ts';
import type { LocalStack } from './stack/local-stack.ts';
import { startLocalStack } from './start-local-stack.ts';

/** npm forwards a Ctrl-C that the terminal has sent already: a signal so soon after the first is the same one. */
const SAME_SIGNAL_MS = 500;
const DEFAULT_DATA_DIR = '.waybill';
const printError = terminalWriter(process.stderr);
const OWN_ROOT_DIR = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

// The official clients, which the readiness checks use, look for a metadata server when they start.
process.env['METADATA_SERVER_DETECTION'] = 'none';
process.env['GCE_METADATA_HOST'] = '127.0.0.1:9';

const flags = readFlags();
if (flags !== undefined) await run(flags);

function readFlags(): (StartArguments & { readonly rootDir: string }) | undefined {
  try {
    const { rootDir, rest } = takeRootFlag(process.argv.slice(2), OWN_ROOT_DIR);
    const parsed = readStartArguments(rest, process.env);
    if (!parsed.help) return { ...parsed, rootDir };
    process.stdout.write(START_HELP);
  } catch (error) {
    process.exitCode = reportFailure(error, printError, 'npm start -- --help');
  }
  return undefined;
}

async function run({
  rootDir,
  port,
  tasksPort,
  firestorePort,
  smtpPort,
  dataDir,
  fresh,
  taskTarget,
  staged,
  inspect,
  allowHosts,
}: StartArguments & { readonly rootDir: string }): Promise<void> {
  const write = (line: string): void => {
    process.stdout.write(`${escapeLine(line)}\n`);
  };
  const stop = new AbortController();
  // Printed at once: the shutdown takes seconds, above all while parts are still starting.
  stop.signal.addEventListener('abort', () => write('Ending; a second Ctrl-C ends at once'), { once: true });
  let firstSignalMs: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      firstSignalMs ??= performance.now();
      if (performance.now() - firstSignalMs > SAME_SIGNAL_MS) process.exit(1);
      stop.abort();
    });
  }
  // Where another Node started this one (scripts/run-node.mjs), the channel to it closes when that is killed.
  process.on('disconnect', () => stop.abort());
  if (process.connected === false) stop.abort();
  let stack: LocalStack | undefined;
  try {
    stack = await startLocalStack({
      rootDir,
      ...(rootDir !== OWN_ROOT_DIR && { catalogue: await loadCatalogue(rootDir) }),
      // The default folder is in the repository; a given folder is relative to the current one.
      dataDir: dataDir === DEFAULT_DATA_DIR ? resolve(rootDir, dataDir) : resolve(dataDir),
      dataDirFlag: dataDir === DEFAULT_DATA_DIR ? '' : ` --data-dir ${resolve(dataDir)}`,
      fresh,
      inspect,
      allowHosts,
      taskTarget,
      ...(staged && { stagesDir: resolve(rootDir, '.stage') }),
      ports: { frontDoor: port, cloudTasks: tasksPort, firestore: firestorePort, smtp: smtpPort },
      output: write,
      environment: process.env,
      signal: stop.signal,
    });
    const failure = await Promise.race([stack.failed, aborted(stop.signal)]);
    if (failure !== undefined) printError(`${failure.message}\n`);
    stop.abort();
    await stack.close();
    process.exit(failure === undefined ? 0 : 1);
  } catch (error) {
    if (stack === undefined && stop.signal.aborted) process.exit(0);
    printError(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
