import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { CloudTasksClient } from '@google-cloud/tasks';
import { CommandLineError } from '@waybill/emulator-kit';
import { QueueFileError, readQueueFile } from '@waybill/google-config';
import { applyPlan } from './apply-plan.ts';
import { type CloudQueue, CloudQueues, type WaitingTasks } from './cloud-queues.ts';
import { type CommandLine, HELP, readCommandLine } from './command-line.ts';
import { explainServiceError } from './explain-service-error.ts';
import { exportQueues } from './export-queues.ts';
import { formatDrift, formatPlan } from './format-plan.ts';
import { makeQueuePlan, type QueuePlan, retiredQueues } from './make-queue-plan.ts';

/** The command's connections to the outside. */
export interface CommandEffects {
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
export async function runQueuesCommand(args: readonly string[], effects: CommandEffects): Promise<ExitCode> {
  let commandLine: CommandLine | undefined;
  let client: CloudTasksClient | undefined;
  try {
    commandLine = readCommandLine(args);
    if (commandLine === undefined) {
      effects.write(HELP);
      return 0;
    }
    const { project, location, command } = commandLine;
    client = await effects.connect(commandLine);
    const queues = new CloudQueues({
      client,
      project,
      location,
      ...(effects.pageSize !== undefined && { pageSize: effects.pageSize }),
    });
    if (command === 'export') return await runExport(commandLine, queues, effects);
    const plan = await readPlan(commandLine, queues);
    effects.write(command === 'drift' ? formatDrift(plan, commandLine) : formatPlan(plan, commandLine));
    if (command === 'apply') return await runApply(plan, commandLine, queues, effects);
    return plan.changes.length === 0 ? 0 : 2;
  } catch (error) {
    effects.writeError(`${describe(error, commandLine)}\n`);
    return 1;
  } finally {
    await client?.close().catch(() => {});
  }
}

async function readPlan({ file }: CommandLine, queues: CloudQueues): Promise<QueuePlan> {
  const wanted = readQueueFile(file);
  if (wanted.queues.length === 0) {
    // Someone emptied the file by mistake: its claims would stop what it listed.
    throw new QueueFileError(file, ['it must name at least one queue']);
  }
  const actual = await queues.list();
  const waiting = new Map<string, WaitingTasks>();
  for (const { name } of retiredQueues(wanted, actual)) waiting.set(name, await queues.waitingTasks(name));
  return makeQueuePlan(wanted, actual, waiting);
}

async function runApply(
  plan: QueuePlan,
  commandLine: CommandLine,
  queues: CloudQueues,
  effects: CommandEffects,
): Promise<ExitCode> {
  if (plan.changes.length === 0) return 0;
  const { project, location, yes } = commandLine;
  const agreed = await agree(`Apply this to ${project} in ${location}?`, yes, effects);
  if (!agreed) return 2;
  const { done, failed, notTried } = await applyPlan(plan, queues, {
    progress: (line) => effects.write(`${line}\n`),
    explain: (error) => describe(error, commandLine),
    stopping: effects.stopping,
  });
  if (failed === 0 && notTried.length === 0) {
    effects.write(`\nApplied: ${done} done.\n`);
    return 0;
  }
  const rest = notTried.length === 0 ? '' : `, ${notTried.length} not tried (${notTried.join(', ')})`;
  effects.writeError(
    `\nApplied in part: ${done} done, ${failed} failed${rest}. Run it again: it goes on from there.\n`,
  );
  return 1;
}

async function runExport(
  commandLine: CommandLine,
  queues: CloudQueues,
  effects: CommandEffects,
): Promise<ExitCode> {
  const { file, project, location, yes } = commandLine;
  const before = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  const actual = await queues.list();
  const { text, added, changed, removed, leftOut } = exportQueues(before, file, actual);
  const states = new Map(actual.map(({ name, state }) => [name, state]));
  const lines = [
    `Queues of ${project} in ${location}, to be written into ${file}`,
    ...added.map((name) => `  + ${name}${stateText(states.get(name))}`),
    ...changed.map((name) => `  ~ ${name}`),
    ...removed.map((name) => `  - ${name}: not in the project like that`),
    ...leftOut.map(
      (name) =>
        `  · ${name}: left out (not managed here, or out of use: claimed, not in the file, and paused)`,
    ),
  ];
  effects.write(`${lines.join('\n')}\n`);
  if (text === before) {
    effects.write('\nNothing to do: the file says so already.\n');
    return 0;
  }
  if (before !== undefined && !(await agree(`Write over ${file}?`, yes, effects))) return 2;
  const temporary = `${file}.new`;
  writeFileSync(temporary, text);
  renameSync(temporary, file);
  effects.write(`\nWritten: ${added.length} added, ${changed.length} changed, ${removed.length} removed.\n`);
  return 0;
}

function stateText(state: CloudQueue['state'] | undefined): string {
  if (state === 'PAUSED') return ': paused in the project, written as state: PAUSED';
  return state === 'DISABLED' ? ': disabled by a queue.yaml, written as state: PAUSED' : '';
}

/** @throws {CommandLineError} where nobody can be asked */
async function agree(
  question: string,
  yes: boolean,
  { ask, write, stopping }: CommandEffects,
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
