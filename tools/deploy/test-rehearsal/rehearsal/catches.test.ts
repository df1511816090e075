import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeploymentError } from '../../src/deployment-error.ts';
import { REHEARSAL_LOCATION, REHEARSAL_PROJECT } from '../../src/rehearsal/emulated-cloud.ts';
import { RehearsalError, type RehearsalStep } from '../../src/rehearsal/rehearsal-error.ts';
import { type RehearsalOptions, rehearse } from '../../src/rehearsal/rehearse.ts';
import type { Scenario } from '../../src/rehearsal/scenario.ts';
import { consoleScenario } from '../../src/rehearsal/scenarios/console-scenario.ts';
import { createFakeStage, FAKE_SERVER, type FakeStage } from './fake-stage.ts';

const queuesFile = join(import.meta.dirname, '../../../../queue-config/queues.yaml');
const SERVER = FAKE_SERVER.replace('HOST', "'0.0.0.0'");

/** One task, delivered by Cloud Tasks. */
const oneTask: Scenario = async ({ cloud, timeoutMs }) => {
  await cloud.tasks.createTask({
    parent: cloud.tasks.queuePath(REHEARSAL_PROJECT, REHEARSAL_LOCATION, 'emails'),
    task: { appEngineHttpRequest: { relativeUri: '/tasks/greet/v1', body: Buffer.from('{}') } },
  });
  const answered = await cloud.waitFor(() => cloud.dispatched[0], timeoutMs);
  if (!answered?.succeeded) throw new DeploymentError(`the task was answered ${answered?.status}`);
  return 'one task';
};

/** Something that a service enqueues itself, once it is asked to. */
const oneFollowUp: Scenario = async ({ cloud, serviceUrl, timeoutMs }) => {
  await fetch(`${serviceUrl}/enqueue`);
  const created = await cloud.waitFor(() => cloud.created[0], timeoutMs);
  if (created === undefined) throw new DeploymentError('nothing arrived in Cloud Tasks');
  return 'one task in Cloud Tasks';
};

describe('rehearse()', () => {
  let stage: FakeStage;
  let temporary: string;
  let formerTmpdir: string | undefined;
  let lines: string[];

  beforeEach(() => {
    stage = createFakeStage();
    lines = [];
    temporary = mkdtempSync(join(tmpdir(), 'rehearsal-test-'));
    formerTmpdir = process.env['TMPDIR'];
    process.env['TMPDIR'] = temporary;
  });
  afterEach(() => {
    if (formerTmpdir === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = formerTmpdir;
    stage.remove();
    // Whatever came of it, nothing is left behind.
    const left = readdirSync(temporary).filter((name) => name !== 'node-compile-cache');
    assert.deepEqual(left, []);
    rmSync(temporary, { recursive: true });
  });

  const rehearsal = (options: Partial<RehearsalOptions> = {}): Promise<void> =>
    rehearse({
      stageDir: stage.folder,
      queuesFile,
      scenario: oneTask,
      environment: process.env,
      report: (line) => lines.push(line),
      limits: { startTimeoutMs: 20_000, workTimeoutMs: 20_000 },
      ...options,
    });

  it('gives a declared secret a placeholder', async () => {
    const source =
      "if (!process.env.LEDGER_KEY?.startsWith('local-')) throw new Error('LEDGER_KEY is required');";
    stage.write('server.mjs', `${source}\n${SERVER}`);
    const noWork = async (): Promise<string> => 'none';
    await failsAt('start', /it ended by itself/, { scenario: noWork });
    await rehearsal({ scenario: noWork, secrets: ['LEDGER_KEY'] });
  });

  async function failsAt(
    step: RehearsalStep,
    message: RegExp,
    options?: Partial<RehearsalOptions>,
  ): Promise<void> {
    const error: unknown = await rehearsal(options).then(
      () => 'passed',
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof RehearsalError, String(error));
    assert.equal(error.step, step);
    assert.match(error.message, message);
  }

  it('passes a sound stage, step by step', async () => {
    await rehearsal({
      fixtures: [{ name: 'greet v1', queue: 'emails', path: '/tasks/greet/v1', payload: { hello: 1 } }],
    });
    assert.deepEqual(
      lines.map((line) => line.split(' ')[0]),
      ['copy', 'install', 'start', 'warm-up', 'work', 'fixtures', 'end', 'files'],
    );
    assert.equal(existsSync(join(stage.folder, 'node_modules')), false);
  });

  it('catches a missing dependency', async () => {
    stage.write('server.mjs', `import 'koa';\n${SERVER}`);
    await failsAt('start', /it ended by itself \(1\)\nIts last lines:.*Cannot find package 'koa'/s);
  });

  it('catches a dependency that the lock file does not have', async () => {
    stage.write('package.json', '{"name":"fake","version":"1.0.0","dependencies":{"koa":"3.3.0"}}');
    await failsAt('install', /npm ci --omit=dev .* failed\nIts last lines:/);
  });

  it('catches a wrong entry point', async () => {
    stage.write(
      'app.yaml',
      'runtime: nodejs24\nentrypoint: node dist/main.mjs\ninbound_services: [warmup]\n',
    );
    await failsAt('start', /it ended by itself \(1\).*Cannot find module/s);
  });

  it('catches a listener on loopback alone', async function () {
    if (process.platform !== 'linux') this.skip();
    stage.write('server.mjs', FAKE_SERVER.replace('HOST', "'127.0.0.1'"));
    await failsAt('start', /it listens on 127\.0\.0\.1 alone.*: listen on 0\.0\.0\.0/);
  });

  it('catches a missing environment variable, also where the one who rehearses has it', async () => {
    process.env['GREETING'] = 'from outside';
    try {
      stage.write('app.yaml', 'runtime: nodejs24\nentrypoint: node server.mjs\ninbound_services: [warmup]\n');
      await failsAt('start', /GREETING is required/);
    } finally {
      delete process.env['GREETING'];
    }
  });

  it('catches a service that never listens', async () => {
    stage.write('server.mjs', "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);");
    await failsAt('start', /it did not listen on PORT \(\d+\) within 300 ms/, {
      limits: { startTimeoutMs: 300 },
    });
  });

  it('catches a failing warm-up', async () => {
    stage.write('server.mjs', SERVER.replace("response.end('ok')", 'response.writeHead(503).end()'));
    await failsAt('warm-up', /\/_ah\/warmup must answer 200, got 503/);
  });

  it('catches a slow shutdown', async () => {
    stage.write('server.mjs', SERVER.replace('process.exit(0)', 'setTimeout(() => process.exit(0), 60_000)'));
    await failsAt('end', /it was still there 300 ms after SIGTERM/, { limits: { shutdownTimeoutMs: 300 } });
  });

  it('catches a service that SIGTERM kills', async () => {
    stage.write('server.mjs', SERVER.replace(/process\.on\('SIGTERM'.*/, ''));
    await failsAt('end', /it was killed by SIGTERM after SIGTERM instead of 0: handle SIGTERM/);
  });

  it('catches an unknown queue', async () => {
    const enqueue = `
      const queue = 'projects/rehearsal/locations/us-central1/queues/greetings';
      const answer = await fetch('http://' + process.env.CLOUD_TASKS_EMULATOR_HOST + '/v2/' + queue + '/tasks', {
        method: 'POST',
        body: JSON.stringify({ task: { appEngineHttpRequest: { relativeUri: '/tasks/greet/v1' } } }),
      });
      console.log(answer.status, await answer.text());
      response.end();`;
    stage.write(
      'server.mjs',
      SERVER.replace(
        'function answer(request, response) {',
        (start) => `async ${start} if (request.url === '/enqueue') { ${enqueue} return; }`,
      ),
    );
    await failsAt('work', /nothing arrived in Cloud Tasks\nIts last lines:.*404.*NOT_FOUND/s, {
      scenario: oneFollowUp,
      limits: { workTimeoutMs: 2_000 },
    });
  });

  it('catches a recorded payload of a queue that is gone', async () => {
    const fixtures = [{ name: 'greet v1', queue: 'greetings', path: '/tasks/greet/v1', payload: {} }];
    await failsAt('fixtures', /greet v1: queue "greetings": /, { fixtures });
  });

  it('catches a recorded payload that no longer validates', async () => {
    stage.write(
      'server.mjs',
      SERVER.replace(
        "response.end('ok')",
        "response.writeHead(request.url === '/tasks/greet/v1' ? 400 : 200).end()",
      ),
    );
    await failsAt('fixtures', /not understood: greet v1: was refused: 400\. Keep the old version/, {
      scenario: undefined,
      fixtures: [{ name: 'greet v1', queue: 'emails', path: '/tasks/greet/v1', payload: { hello: 1 } }],
    });
  });

  it('catches a console that lets in whom nobody vouches for', async () => {
    // It answers 200 to everybody.
    await failsAt('work', /GET \/ must answer 403 to whom nobody vouches for, got 200/, {
      scenario: consoleScenario,
    });
  });

  it('catches a service that writes beside its code', async () => {
    stage.write(
      'server.mjs',
      `import { writeFileSync } from 'node:fs';\ntry { writeFileSync('cache.json', '{}'); } catch {}\n${SERVER}`,
    );
    if (process.getuid?.() === 0) await failsAt('files', /it wrote to its own folder.*: \.?,? ?cache\.json/);
    else await rehearsal();
  });

  it('lets a service write to the temporary folder', async () => {
    stage.write(
      'server.mjs',
      `import { writeFileSync } from 'node:fs';\nimport os from 'node:os';\nwriteFileSync(os.tmpdir() + '/cache.json', '{}');\n${SERVER}`,
    );
    await rehearsal();
  });
});
