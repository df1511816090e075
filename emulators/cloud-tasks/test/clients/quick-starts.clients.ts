import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestEmulator, type TestEmulator } from '../support/emulator.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import {
  installClients,
  type Line,
  programsIn,
  QUICK_STARTS,
  runLine,
  skipWithout,
} from './client-program.ts';

const PARENT = 'projects/demo/locations/us-central1';
const TASK = /^projects\/demo\/locations\/us-central1\/queues\/letters\/tasks\/\d+$/;

/** The programs that the README shows, as they stand there. */
describe('the README’s program', () => {
  let functions: Receiver;
  let test: TestEmulator;

  beforeEach(async () => {
    functions = await startReceiver();
    test = await startTestEmulator({ functionsUrl: functions.url });
    const name = `${PARENT}/queues/letters`;
    await test.client.createQueue({ parent: PARENT, queue: { name } });
  });
  afterEach(async () => {
    await test.close();
    await functions.close();
  });
  const address = (): string => `127.0.0.1:${test.emulator.port}`;

  for (const [language, line] of Object.entries(QUICK_STARTS)) {
    it(`in ${language} creates a task`, async function () {
      const programs = programsIn(language, this);
      await installClients(programs);
      await test.client.pauseQueue({ name: `${PARENT}/queues/letters` });
      const printed = await runLine(line, programs.folder, { CLOUD_TASKS_EMULATOR_HOST: address() });
      assert.match(printed.join('\n'), TASK);
      const [tasks] = await test.client.listTasks({
        parent: `${PARENT}/queues/letters`,
        responseView: 'FULL',
      });
      assert.deepEqual(
        tasks.map(({ name, httpRequest }) => [name, String(httpRequest?.body)]),
        [[printed[0], '{"to":"ada"}']],
      );
    });
  }

  it('with firebase-admin enqueues a task of a function, which gets it', async function () {
    const programs = programsIn('Node', this);
    await installClients(programs);
    const line: Line = [process.execPath, '--no-warnings', 'quick-start-firebase.mjs'];
    await runLine(line, programs.folder, { CLOUD_TASKS_EMULATOR_HOST: address() });
    const [request] = await functions.waitFor(1);
    assert.deepEqual(
      [request?.path, request?.body.toString()],
      ['/demo/us-central1/letters', '{"data":{"to":"ada"}}'],
    );
  });

  it('with gcloud creates a task', async function () {
    skipWithout(['gcloud'], 'gcloud', this);
    await test.client.pauseQueue({ name: `${PARENT}/queues/letters` });
    const configuration = mkdtempSync(join(tmpdir(), 'gcloud-'));
    try {
      const script = join(import.meta.dirname, 'quick-start-gcloud.sh');
      await runLine(['sh', script], configuration, {
        CLOUD_TASKS_EMULATOR_HOST: address(),
        CLOUDSDK_CONFIG: configuration,
      });
    } finally {
      rmSync(configuration, { recursive: true });
    }
    const [tasks] = await test.client.listTasks({ parent: `${PARENT}/queues/letters` });
    assert.equal(tasks.length, 1);
  });
});
