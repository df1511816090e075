import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type ClientPrograms, installClients, runLine } from '@waybill/emulator-kit/testing';
import { startTestEmulator, type TestEmulator } from '../support/emulator.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { programsIn } from './client-program.ts';

const PARENT = 'projects/demo/locations/us-central1';
const EMAIL = 'invoker@demo.iam.gserviceaccount.com';
const AUDIENCE = 'https://worker.example';

/** The lines of the programs that call firebase-admin. */
const FIREBASE = {
  Node: {
    file: 'firebase.mjs',
    lines: [
      'enqueue OK',
      'enqueue OK',
      'enqueue functions/task-already-exists',
      'delete OK',
      'enqueue functions/not-found',
    ],
  },
  Python: {
    file: 'firebase.py',
    lines: [
      'enqueue first',
      'enqueue OK',
      'enqueue later',
      'enqueue ALREADY_EXISTS',
      'delete OK',
      'delete NOT_FOUND',
      'enqueue NOT_FOUND',
    ],
  },
} as const;

for (const [language, { file, lines }] of Object.entries(FIREBASE)) {
  describe(`firebase-admin in ${language}`, () => {
    let functions: Receiver;
    let test: TestEmulator;
    let programs: ClientPrograms;

    before(async function () {
      programs = programsIn(language, this);
      await installClients(programs);
    });
    beforeEach(async () => {
      functions = await startReceiver();
      test = await startTestEmulator({ functionsUrl: functions.url });
      await test.client.createQueue({ parent: PARENT, queue: { name: `${PARENT}/queues/resize` } });
    });
    afterEach(async () => {
      await test.close();
      await functions.close();
    });

    it('enqueues and deletes the tasks of a function, which gets them', async () => {
      const [command, ...args] = programs.callAll;
      const printed = await runLine([command, ...args.slice(0, -1), file], programs.folder, {
        CLOUD_TASKS_EMULATOR_HOST: `127.0.0.1:${test.emulator.port}`,
        PROJECT: 'demo',
        TARGET_URL: functions.url,
      });
      assert.deepEqual(printed, lines);
      const name = `${PARENT}/queues/resize/tasks/later`;
      await assert.rejects(test.client.getTask({ name }), /no longer exists/);
      const requests = await functions.waitFor(2);
      const first = requests.find(({ path }) => path === '/demo/us-central1/resize');
      assert.deepEqual(JSON.parse(first?.body.toString() ?? ''), { data: { size: 1 } });
      assert.equal(first?.headers['x-cloudtasks-taskname'], 'first');
      assert.match(first?.headers.authorization ?? '', /^Bearer ey/);
      const own = requests.find(({ path }) => path === '/own');
      assert.equal(own?.headers['x-own'], 'yes');
    });
  });
}

describe('google-auth in Python', () => {
  let test: TestEmulator;
  let programs: ClientPrograms;

  before(async function () {
    programs = programsIn('Python', this);
    await installClients(programs);
  });
  beforeEach(async () => {
    test = await startTestEmulator({ issuer: 'https://accounts.google.com' });
  });
  afterEach(() => test.close());

  it('verifies ID tokens whose issuer is Google', async () => {
    const address = `127.0.0.1:${test.emulator.port}`;
    const response = await fetch(`http://${address}/emulator/id-token`, {
      method: 'POST',
      body: JSON.stringify({ serviceAccountEmail: EMAIL, audience: AUDIENCE }),
    });
    const { token } = (await response.json()) as { token: string };
    const python = programs.callAll[0];
    const printed = await runLine(
      [python, join(programs.folder, 'verify_token.py'), token, AUDIENCE],
      programs.folder,
      { CLOUD_TASKS_EMULATOR_HOST: address },
    );
    assert.deepEqual(printed, [
      `verify_oauth2_token ${EMAIL}`,
      `verify_token ${EMAIL}`,
      'another audience refused',
    ]);
  });
});
