import assert from 'node:assert/strict';
import { installClients, runLine, skipWithout } from '@waybill/emulator-kit/testing';
import { startTestEmulator, type TestEmulator } from '../support/emulator.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { CLIENT_PROGRAMS } from './client-program.ts';

/** The lines of each program: a method, and the parts of its response that show that it was understood. */
const EXPECTED = [
  'ListLocations true',
  'GetLocation us-central1',
  'CreateQueue RUNNING 5 10 3',
  'GetQueue RUNNING 5 10 3',
  // The mask names the rate alone.
  'UpdateQueue RUNNING 6 10 3',
  // Without a mask all settings are replaced.
  'UpdateQueue RUNNING 500 100 4',
  'ListQueues clients',
  'PauseQueue PAUSED',
  'SetIamPolicy roles/viewer',
  'GetIamPolicy user:ada@example.com',
  'TestIamPermissions cloudtasks.queues.get',
  'CreateTask PUT hello FULL',
  'CreateTask PUT - BASIC',
  'ListTasks 2 true',
  'GetTask PUT hello FULL',
  'GetTask PUT - BASIC',
  'RunTask 1',
  'CreateTask ALREADY_EXISTS',
  'DeleteTask OK',
  'GetTask NOT_FOUND',
  'BatchCreateTasks 2',
  'GetOperation true',
  'BatchDeleteTasks true',
  'UpdateCmekConfig k',
  'GetCmekConfig k',
  'PurgeQueue PAUSED',
  'ResumeQueue RUNNING',
  'DeleteQueue OK',
  'GetQueue NOT_FOUND',
];

for (const program of CLIENT_PROGRAMS) {
  describe(`the official client in ${program.language}`, () => {
    let receiver: Receiver;
    let test: TestEmulator;

    before(async function () {
      skipWithout(program.needs, program.language, this);
      await installClients(program);
    });
    beforeEach(async () => {
      receiver = await startReceiver();
      test = await startTestEmulator();
    });
    afterEach(async () => {
      await test.close();
      await receiver.close();
    });

    for (const transport of program.transports) {
      it(`calls every method over ${transport}`, async () => {
        const [command, ...args] = program.callAll;
        const lines = await runLine([command, ...args, transport], program.folder, {
          CLOUD_TASKS_EMULATOR_HOST: `127.0.0.1:${test.emulator.port}`,
          PROJECT: 'demo',
          LOCATION: 'us-central1',
          TARGET_URL: `${receiver.url}/run`,
        });
        const lacking = program.lacks[transport] ?? [];
        const expected = EXPECTED.filter((line) => !lacking.includes(line.split(' ')[0] ?? ''));
        assert.deepEqual(lines, expected);
        const [delivered] = await receiver.waitFor(1);
        assert.deepEqual(
          [delivered?.method, delivered?.body.toString(), delivered?.headers['content-type']],
          ['PUT', 'hello', 'text/plain'],
        );
      });
    }
  });
}
