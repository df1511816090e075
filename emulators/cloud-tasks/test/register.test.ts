import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { emulatorClientOptions } from '../src/client/client-options.ts';
import { PARENT, startTestEmulator, type TestEmulator } from './support/emulator.ts';

const run = promisify(execFile);
const REGISTER = join(import.meta.dirname, '../src/register.ts');
const LIST = `client.listQueues({ parent: '${PARENT}' }).then(async ([queues]) => {
  console.log(queues.map(({ name }) => name).join());
  await client.close();
});`;

/** Programs of an application that know nothing of the emulator. */
const PROGRAMS = {
  'an ES module': `import { CloudTasksClient } from '@google-cloud/tasks'; const client = new CloudTasksClient(); ${LIST}`,
  'an ES module of v2beta3': `import { v2beta3 } from '@google-cloud/tasks'; const client = new v2beta3.CloudTasksClient(); console.log(client._opts.apiEndpoint);`,
  CommonJS: `const { CloudTasksClient } = require('@google-cloud/tasks'); const client = new CloudTasksClient({}); ${LIST}`,
  'CommonJS over REST': `const { CloudTasksClient } = require('@google-cloud/tasks'); const client = new CloudTasksClient({ fallback: true }); ${LIST}`,
};

describe('register', function () {
  this.timeout(20_000);
  let test: TestEmulator;

  before(async () => {
    const list = [{ name: 'q', settings: {} }];
    test = await startTestEmulator({ queues: { project: 'demo', location: 'us-central1', list } });
  });
  after(() => test.close());

  const runProgram = async (program: string): Promise<string> => {
    const type = program.startsWith('import') ? 'module' : 'commonjs';
    const args = ['--import', REGISTER, `--input-type=${type}`, '--eval', program];
    const { stdout } = await run(process.execPath, args, {
      cwd: import.meta.dirname,
      env: {
        ...process.env,
        CLOUD_TASKS_EMULATOR_HOST: `127.0.0.1:${test.emulator.port}`,
        GOOGLE_CLOUD_PROJECT: 'demo',
      },
    });
    return stdout.trim();
  };

  for (const name of ['an ES module', 'CommonJS', 'CommonJS over REST'] as const) {
    it(`points ${name} at the emulator`, async () => {
      assert.equal(await runProgram(PROGRAMS[name]), `${PARENT}/queues/q`);
    });
  }
  it('points a client of v2beta3 at the emulator', async () => {
    assert.equal(await runProgram(PROGRAMS['an ES module of v2beta3']), '127.0.0.1');
  });
});

describe('emulatorClientOptions()', () => {
  const env = { CLOUD_TASKS_EMULATOR_HOST: 'localhost:8123' };

  it('leaves options alone without the variable, and where the program names an endpoint', () => {
    const own = { apiEndpoint: 'tasks.example' };
    assert.equal(emulatorClientOptions(own, import.meta.url, env), own);
    const none = {};
    assert.equal(emulatorClientOptions(none, import.meta.url, {}), none);
  });

  it('keeps the other options', () => {
    const { projectId, apiEndpoint, port } = emulatorClientOptions({ projectId: 'p' }, import.meta.url, env);
    assert.deepEqual([projectId, apiEndpoint, port], ['p', 'localhost', 8123]);
  });

  for (const address of ['localhost', 'a b:1', 'localhost:']) {
    it(`refuses the address ${address}`, () => {
      assert.throws(
        () => emulatorClientOptions({}, import.meta.url, { CLOUD_TASKS_EMULATOR_HOST: address }),
        {
          message: /must be HOST:PORT/,
        },
      );
    });
  }
});
