import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { CloudTasksClient } from '@google-cloud/tasks';
import { CommandLineError } from '@waybill/emulator-kit';
import { QueueFileError, readQueueFile } from '@waybill/google-config';
import { applyPlan } from './apply-plan.ts';
import { CloudQueues, type WaitingTasks } from './cloud-queues.ts';
import { type CommandLine, HELP, readCommandLine } from './command-line.ts';
import { exportQueues } from './export-queues.ts';
import { makeQueuePlan, type QueuePlan, strayQueues } from './queue-plan.ts';
import { explainServiceError } from './service-error.ts';
import { showDrift, showPlan } from './show-plan.ts';

/** Everything that the command needs of the world. */
export interface CommandWorld {
  /** The client for a command line's project and endpoint. */
  readonly connect: (commandLine: CommandLine) => Promise<CloudTasksClient>;
  /** Standard output. */
  readonly write: (text: string) => void;
  /** Standard error. */
  readonly writeError: (text: string) => void;
  /** Asks a person yes or no; undefined where there is no terminal. No answer is no. */
  readonly ask: ((question: string) => Promise<boolean>) | undefined;
  /** Aborted when the command is to end early. */
  readonly stopping: AbortSignal;
  /** How many queues are asked for at once; default 1,000. */
  readonly pageSize?: number;
}

/** 0: nothing to do, or done. 1: an error. 2: there are differences, or the answer was no. */
export type ExitCode = 0 | 1 | 2;

/** Runs `plan`, `apply`, `drift` or `export`. Never throws: errors are written, and make the exit code 1. */
export async function runQueuesCommand(args: readonly string[], world: CommandWorld): Promise<ExitCode> {
  let commandLine: CommandLine | undefined;
  let client: CloudTasksClient | undefined;
  try {
    commandLine = readCommandLine(args);
    if (commandLine === undefined) {
      world.write(HELP);
      return 0;
    }
    const { project, location, command } = commandLine;
    client = await world.connect(commandLine);
    const queues = new CloudQueues({
      client,
      project,
      location,
      ...(world.pageSize !== undefined && { pageSize: world.pageSize }),
    });
    if (command === 'export') return await runExport(commandLine, queues, world);
    const plan = await readPlan(commandLine, queues);
    world.write(command === 'drift' ? showDrift(plan, commandLine) : showPlan(plan, commandLine));
    if (command === 'apply') return await runApply(plan, commandLine, queues, world);
    return plan.changes.length === 0 ? 0 : 2;
  } catch (error) {
    world.writeError(`${describe(error, commandLine)}\n`);
    return 1;
  } finally {
    await client?.close().catch(() => {});
  }
}

async function readPlan({ file }: CommandLine, queues: CloudQueues): Promise<QueuePlan> {
  const wanted = readQueueFile(file);
  if (wanted.queues.length === 0) {
    // An emptied file would stop everything.
    throw new QueueFileError(file, ['it must name at least one queue']);
  }
  const actual = await queues.list();
  const waiting = new Map<string, WaitingTasks>();
  for (const { name } of strayQueues(wanted, actual)) waiting.set(name, await queues.waitingTasks(name));
  return makeQueuePlan(wanted, actual, waiting);
}

async function runApply(
  plan: QueuePlan,
  commandLine: CommandLine,
  queues: CloudQueues,
  world: CommandWorld,
): Promise<ExitCode> {
  if (plan.changes.length === 0) return 0;
  const { project, location, yes } = commandLine;
  const agreed = await agree(`Apply this to ${project} in ${location}?`, yes, world);
  if (!agreed) return 2;
  const { done, failed, notTried } = await applyPlan(plan, queues, {
    progress: (line) => world.write(`${line}\n`),
    explain: (error) => describe(error, commandLine),
    stopping: world.stopping,
  });
  if (failed === 0 && notTried.length === 0) {
    world.write(`\nApplied: ${done} done.\n`);
    return 0;
  }
  const rest = notTried.length === 0 ? '' : `, ${notTried.length} not tried (${notTried.join(', ')})`;
  world.writeError(
    `\nApplied in part: ${done} done, ${failed} failed${rest}. Run it again: it goes on from there.\n`,
  );
  return 1;
}

async function runExport(
  commandLine: CommandLine,
  queues: CloudQueues,
  world: CommandWorld,
): Promise<ExitCode> {
  const { file, project, location, yes } = commandLine;
  const before = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  const { text, added, changed, removed, leftOut } = exportQueues(before, file, await queues.list());
  const lines = [
    `Queues of ${project} in ${location}, to be written into ${file}`,
    ...added.map((name) => `  + ${name}`),
    ...changed.map((name) => `  ~ ${name}`),
    ...removed.map((name) => `  - ${name}: not in the project like that`),
    ...leftOut.map((name) => `  · ${name}: left out (not managed here, or paused and not in the file)`),
  ];
  world.write(`${lines.join('\n')}\n`);
  if (text === before) {
    world.write('\nNothing to do: the file says so already.\n');
    return 0;
  }
  if (before !== undefined && !(await agree(`Write over ${file}?`, yes, world))) return 2;
  const temporary = `${file}.new`;
  writeFileSync(temporary, text);
  renameSync(temporary, file);
  world.write(`\nWritten: ${added.length} added, ${changed.length} changed, ${removed.length} removed.\n`);
  return 0;
}

/** @throws {CommandLineError} where nobody can be asked */
async function agree(
  question: string,
  yes: boolean,
  { ask, write, stopping }: CommandWorld,
): Promise<boolean> {
  if (yes) return true;
  if (ask === undefined) {
    throw new CommandLineError([
      'There is no terminal to ask at, and nothing was changed. Give --yes to go ahead without a question.',
    ]);
  }
  if (!stopping.aborted && (await ask(`\n${question} [y/N] `))) return true;
  write('Nothing was changed.\n');
  return false;
}

function describe(error: unknown, commandLine: CommandLine | undefined): string {
  const fromService = (error as { code?: unknown } | undefined)?.code !== undefined;
  const told = error instanceof CommandLineError || error instanceof QueueFileError;
  const credentials = error instanceof Error && /credentials/i.test(error.message);
  if (commandLine === undefined || told || !(fromService || credentials)) {
    return error instanceof Error ? error.message : String(error);
  }
  const { project, location, endpoint } = commandLine;
  return explainServiceError(error, {
    project,
    location,
    endpoint: endpoint && `${endpoint.host}:${endpoint.port}`,
  });
}
