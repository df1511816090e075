import assert from 'node:assert/strict';
import { findFreePort } from '@waybill/emulator-kit';
import { startFirestoreEmulator } from '@waybill/firestore-emulator';
import { refusedServiceProcess, runServiceProcess } from '@waybill/service-kit/testing';

const main = new URL('./main.ts', import.meta.url);

describe('main.ts', () => {
  it('serves this machine alone where it is local, and ends well within 10 s of SIGTERM', async () => {
    const firestore = await startFirestoreEmulator({ port: 0 });
    const environment = {
      PORT: String(await findFreePort()),
      GOOGLE_CLOUD_PROJECT: 'demo',
      TASKS_LOCATION: 'us-central1',
      CONSOLE_ACCESS: 'local',
      GAE_ENV: 'standard',
      FIRESTORE_EMULATOR_HOST: `127.0.0.1:${firestore.port}`,
      CLOUD_TASKS_EMULATOR_HOST: '127.0.0.1:9',
    };
    try {
      const exit = await runServiceProcess(main, environment, async ({ url, line }) => {
        assert.equal(line['host'] ?? '127.0.0.1', '127.0.0.1');
        assert.equal((await fetch(`${url}/_ah/warmup`)).status, 200);
        const tasks = await fetch(`${url}/tasks`);
        assert.equal(tasks.status, 200);
        assert.match(await tasks.text(), /There is no such task/);
      });
      assert.deepEqual(exit, [0, null]);
    } finally {
      await firestore.close();
    }
  });

  it('refuses to start open on App Engine', async () => {
    const { code, errorText } = await refusedServiceProcess(main, {
      GOOGLE_CLOUD_PROJECT: 'demo',
      TASKS_LOCATION: 'us-central1',
      CONSOLE_ACCESS: 'local',
      GAE_ENV: 'standard',
    });
    assert.equal(code, 1);
    assert.match(errorText, /CONSOLE_ACCESS may be local only where FIRESTORE_EMULATOR_HOST is an emulator/);
  });
});
