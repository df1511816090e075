import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type ClientPrograms, installClients, runLine } from '@waybill/emulator-kit/testing';
import { startTestEmulator, type TestEmulator } from '../support/emulator.ts';
import { programsIn } from './client-program.ts';

const PARENT = 'projects/demo/locations/us-central1';
const QUEUE = `${PARENT}/queues/legacy`;

describe("App Engine's taskqueue in Python", () => {
  let test: TestEmulator;
  let programs: ClientPrograms;

  before(async function () {
    programs = programsIn('Python', this);
    await installClients(programs);
  });
  beforeEach(async () => {
    test = await startTestEmulator();
    await test.client.createQueue({ parent: PARENT, queue: { name: QUEUE } });
    await test.client.pauseQueue({ name: QUEUE });
  });
  afterEach(() => test.close());

  it('adds, counts, deletes and purges tasks', async () => {
    const printed = await runLine(
      [programs.callAll[0], join(programs.folder, 'app_engine_taskqueue.py')],
      programs.folder,
      {
        CLOUD_TASKS_EMULATOR_HOST: `127.0.0.1:${test.emulator.port}`,
        PROJECT: 'demo',
        LOCATION: 'us-central1',
      },
    );
    assert.deepEqual(printed, [
      'add one True single',
      'add two [True, True] a True',
      'add one of two again TaskAlreadyExistsError',
      'add none of two TaskAlreadyExistsError',
      'fetch_statistics 4 0 True',
      'delete_tasks [True, False]',
      'delete_tasks [False]',
      'purge 0',
      'unknown queue UnknownQueueError',
      'unknown queue UnknownQueueError',
    ]);
  });
});
