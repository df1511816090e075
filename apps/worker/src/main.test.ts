import assert from 'node:assert/strict';
import { findFreePort } from '@waybill/emulator-kit';
import { startFirestoreEmulator } from '@waybill/firestore-emulator';
import { refusedServiceProcess, runServiceProcess } from '@waybill/service-kit/testing';

const main = new URL('./main.ts', import.meta.url);

/** Settings that tell a worker where it runs. */
const PLACES = {
  'outside App Engine': { GAE_VERSION: 'v1' },
  'on Cloud Run': {
    K_SERVICE: 'worker',
    K_REVISION: 'worker-00001',
    TASK_TARGET: 'http',
    WORKER_URL: 'https://worker.example',
    TASK_SERVICE_ACCOUNT: 'tasks@demo.iam.gserviceaccount.com',
    TASK_TOKEN_SIGNATURE: 'cloud-run',
  },
};

describe('main.ts', () => {
  for (const [where, settings] of Object.entries(PLACES))
    it(`serves, trusts no task headers ${where}, and ends well within 10 s of SIGTERM`, async () => {
      const firestore = await startFirestoreEmulator({ port: 0 });
      const environment = {
        PORT: String(await findFreePort()),
        GOOGLE_CLOUD_PROJECT: 'demo',
        TASKS_LOCATION: 'us-central1',
        FIRESTORE_EMULATOR_HOST: `127.0.0.1:${firestore.port}`,
        CLOUD_TASKS_EMULATOR_HOST: '127.0.0.1:9',
        STRIPE_API_KEY: 'sk_test_main',
        STRIPE_API_BASE: 'http://127.0.0.1:9',
        SMTP_URL: 'smtp://127.0.0.1:9',
        MAIL_FROM: 'orders@waybill.example',
        WAREHOUSE_URL: 'http://127.0.0.1:9',
        WAREHOUSE_SECRET: 'whsec_main_0123456789',
        ...settings,
      };
      try {
        const exit = await runServiceProcess(main, environment, async ({ url, line }) => {
          const version = where === 'on Cloud Run' ? 'worker-00001' : 'v1';
          assert.deepEqual(line['serviceContext'], { service: 'worker', version });
          assert.equal((await fetch(`${url}/_ah/warmup`)).status, 200);
          const forged = await fetch(`${url}/tasks/charge-payment/v1`, {
            method: 'POST',
            headers: {
              'X-AppEngine-TaskName': 'forged',
              'X-AppEngine-QueueName': 'payments',
              'X-CloudTasks-TaskName': 'forged',
              'X-CloudTasks-QueueName': 'payments',
            },
          });
          assert.equal(forged.status, 403);
        });
        assert.deepEqual(exit, [0, null]);
      } finally {
        await firestore.close();
      }
    });

  it('refuses to start with bad settings, naming them', async () => {
    const { code, errorText } = await refusedServiceProcess(main, { PORT: '0' });
    assert.equal(code, 1);
    assert.match(
      errorText,
      /PORT must be .*; GOOGLE_CLOUD_PROJECT is required; .*STRIPE_API_KEY is required/,
    );
  });
});
