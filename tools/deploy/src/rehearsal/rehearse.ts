import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '@waybill/emulator-kit';
import { type AppYaml, placeholderSecrets } from '@waybill/google-config';
import { readDeployableAppYaml } from '../configuration/read-deployable-app-yaml.ts';
import { DeploymentError } from '../deployment-error.ts';
import { atExit } from '../process/at-exit.ts';
import { appEngineEnvironment } from './app-engine-environment.ts';
import { REHEARSAL_PROJECT, startEmulatedCloud } from './emulated-cloud.ts';
import { changesOf, makeReadOnly, makeWritable, snapshotOf } from './folder-snapshot.ts';
import { installStage, ownNodeDir } from './install-stage.ts';
import { RehearsalError, type RehearsalStep } from './rehearsal-error.ts';
import { type Fixture, replayFixtures } from './replay-fixtures.ts';
import type { Scenario } from './scenario.ts';
import { addressBesideLoopback, takesConnections } from './service-address.ts';
import { StagedProcess } from './staged-process.ts';

/** Timeouts of the parts of a rehearsal. */
export interface RehearsalLimits {
  /** Until it listens; default 30,000. */
  readonly startTimeoutMs: number;
  /** The warm-up; default 30,000. */
  readonly warmupTimeoutMs: number;
  /** The work, and then each fixture; default 30,000. */
  readonly workTimeoutMs: number;
  /** From SIGTERM to its end; default 3,000, for nothing is under way any more. */
  readonly shutdownTimeoutMs: number;
}

/** The stage to rehearse, and the work to give it. */
export interface RehearsalOptions {
  /** The folder that is to be uploaded. It is copied, and not changed. */
  readonly stageDir: string;
  /** The queues of the emulated Cloud Tasks. */
  readonly queuesFile: string;
  /** The work to give it; default none. */
  readonly scenario?: Scenario | undefined;
  /** Payloads that may still be queued; default none. */
  readonly fixtures?: readonly Fixture[];
  /** The secrets that the service declares. One that the emulated cloud has no value for gets a placeholder. */
  readonly secrets?: readonly string[];
  /** This process's environment, of which npm gets what it needs; the service gets nothing of it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Gets a line for each step that went well. Default: nowhere. */
  readonly report?: (line: string) => void;
  readonly limits?: Partial<RehearsalLimits>;
}

const LIMITS: RehearsalLimits = {
  startTimeoutMs: 30_000,
  warmupTimeoutMs: 30_000,
  workTimeoutMs: 30_000,
  shutdownTimeoutMs: 3_000,
};
const POLL_MS = 20;

/**
 * Rehearses a deployment: copies the stage away from the repository, installs it as App Engine's build does, starts it by
 * its entry point with App Engine's environment alone, in a folder that is not to be written to, warms it up, gives it
 * real work through the emulators, sends SIGTERM and looks at its end.
 * @throws {RehearsalError} naming the step, with the service's last lines. Nothing is left running.
 */
export async function rehearse(options: RehearsalOptions): Promise<void> {
  const { stageDir, report = () => {}, scenario, fixtures = [], secrets = [] } = options;
  const limits = { ...LIMITS, ...options.limits };
  const workDir = realpathSync(mkdtempSync(join(tmpdir(), 'rehearsal-')));
  const folder = join(workDir, 'app');
  const temporaryFolder = join(workDir, 'tmp');
  const startedAtMs = performance.now();
  const done = (step: RehearsalStep, what: string): void =>
    report(`${step.padEnd(8)}  ${what}  (${Math.round(performance.now() - startedAtMs)} ms)`);
  const removeWorkDir = (): void => {
    makeWritable(workDir);
    rmSync(workDir, { recursive: true, force: true });
  };
  const closers: (() => unknown)[] = [atExit(removeWorkDir), removeWorkDir];
  try {
    mkdirSync(temporaryFolder);
    const appYaml = await inStep('copy', () => {
      cpSync(stageDir, folder, { recursive: true, verbatimSymlinks: true });
      return readDeployableAppYaml(join(folder, 'app.yaml'));
    });
    done('copy', 'outside the repository');
    const nodeDir = ownNodeDir(realpathSync(process.execPath));
    await installStage({ folder, environment: options.environment, nodeDir });
    done('install', 'as App Engine installs it');

    const host = addressBesideLoopback();
    const port = await findFreePort('0.0.0.0');
    const serviceUrl = `http://${host}:${port}`;
    const cloud = await startEmulatedCloud({
      serviceUrl,
      queuesFile: options.queuesFile,
      mailDir: join(workDir, 'mails'),
    });
    closers.push(() => cloud.close());
    makeReadOnly(folder);
    const before = snapshotOf(folder);
    const service = new StagedProcess({
      entrypoint: appYaml.entrypoint,
      folder,
      environment: appEngineEnvironment({
        appYaml,
        project: REHEARSAL_PROJECT,
        version: 'rehearsal',
        port,
        path: `${nodeDir}:/usr/local/bin:/usr/bin:/bin`,
        temporaryFolder,
        extra: { ...placeholderSecrets(secrets), ...cloud.environment },
      }),
    });
    closers.push(async () => {
      service.signal('SIGKILL');
      await service.ended;
    });
    await awaitListening(service, { host, port, startTimeoutMs: limits.startTimeoutMs });
    done('start', appYaml.entrypoint);
    await warmUp(service, appYaml, { serviceUrl, timeoutMs: limits.warmupTimeoutMs });
    done('warm-up', '/_ah/warmup');
    if (scenario !== undefined) {
      const what = await inStep(
        'work',
        () => scenario({ cloud, serviceUrl, timeoutMs: limits.workTimeoutMs }),
        service,
      );
      done('work', what);
    }
    if (fixtures.length > 0) {
      await inStep('fixtures', () => replayFixtures(cloud, fixtures, limits.workTimeoutMs), service);
      done('fixtures', `${fixtures.length} payloads that may be queued are understood`);
    }
    await checkShutdown(service, limits.shutdownTimeoutMs);
    done('end', 'in order after SIGTERM');
    const changes = changesOf(folder, before);
    if (changes.length > 0) {
      throw new RehearsalError(
        'files',
        `it wrote to its own folder, which App Engine does not allow: ${changes.join(', ')}. Only the temporary folder (os.tmpdir()) can be written to`,
      );
    }
    done('files', 'untouched');
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

async function awaitListening(
  service: StagedProcess,
  options: { host: string; port: number; startTimeoutMs: number },
): Promise<void> {
  const { host, port, startTimeoutMs } = options;
  const deadlineMs = performance.now() + startTimeoutMs;
  while (performance.now() < deadlineMs) {
    if (service.end !== undefined) throw unexpectedExit('start', service);
    if (await takesConnections(host, port)) return;
    const onLoopback = host !== '127.0.0.1' && (await takesConnections('127.0.0.1', port));
    // It may have begun to listen between the two questions: only a second refusal tells.
    if (onLoopback && !(await takesConnections(host, port))) {
      throw new RehearsalError(
        'start',
        'it listens on 127.0.0.1 alone, where App Engine can’t reach it: listen on 0.0.0.0',
        service.lastLines,
      );
    }
    await Promise.race([service.ended, new Promise((resolve) => setTimeout(resolve, POLL_MS))]);
  }
  throw new RehearsalError(
    'start',
    `it did not listen on PORT (${port}) within ${startTimeoutMs} ms`,
    service.lastLines,
  );
}

async function warmUp(
  service: StagedProcess,
  appYaml: AppYaml,
  options: { serviceUrl: string; timeoutMs: number },
): Promise<void> {
  if (!appYaml.warmup) {
    throw new RehearsalError('warm-up', 'app.yaml does not ask for it: add inbound_services: [warmup]');
  }
  let status: number;
  try {
    const signal = AbortSignal.timeout(options.timeoutMs);
    ({ status } = await fetch(`${options.serviceUrl}/_ah/warmup`, { signal }));
  } catch (error) {
    if (service.end !== undefined) throw unexpectedExit('warm-up', service);
    throw new RehearsalError('warm-up', `no answer: ${(error as Error).message}`, service.lastLines);
  }
  if (status !== 200) {
    throw new RehearsalError('warm-up', `/_ah/warmup must answer 200, got ${status}`, service.lastLines);
  }
}

async function checkShutdown(service: StagedProcess, shutdownTimeoutMs: number): Promise<void> {
  if (service.end !== undefined) throw unexpectedExit('end', service);
  service.signal('SIGTERM');
  const timer = Promise.withResolvers<'late'>();
  const timeout = setTimeout(() => timer.resolve('late'), shutdownTimeoutMs);
  const end = await Promise.race([service.ended, timer.promise]);
  clearTimeout(timeout);
  if (end === 'late') {
    throw new RehearsalError(
      'end',
      `it was still there ${shutdownTimeoutMs} ms after SIGTERM, with nothing under way; App Engine kills it then`,
      service.lastLines,
    );
  }
  if (end.code !== 0) {
    const how = end.code === null ? `was killed by ${end.signal}` : `ended with code ${end.code}`;
    throw new RehearsalError(
      'end',
      `it ${how} after SIGTERM instead of 0: handle SIGTERM`,
      service.lastLines,
    );
  }
}

function unexpectedExit(step: RehearsalStep, service: StagedProcess): RehearsalError {
  const { code, signal } = service.end ?? { code: null, signal: null };
  return new RehearsalError(
    step,
    `it ended by itself (${code ?? signal ?? 'not started'})`,
    service.lastLines,
  );
}

/** Errors of other kinds than our own are the rehearsal's own faults, and pass as they are. */
async function inStep<T>(
  step: RehearsalStep,
  work: () => Promise<T> | T,
  service?: StagedProcess,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RehearsalError || !(error instanceof DeploymentError)) throw error;
    throw new RehearsalError(step, error.message, service?.lastLines);
  }
}
