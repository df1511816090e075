import assert from 'node:assert/strict';
import { findFreePort } from '@waybill/emulator-kit';
import { startFirestoreEmulator } from '@waybill/firestore-emulator';
import {
  refusedServiceProcess,
  runServiceProcess,
  startSecretManagerStandIn,
} from '@waybill/service-kit/testing';

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
      const secrets = {
        STRIPE_API_KEY: 'sk_test_main',
        SMTP_URL: 'smtp://127.0.0.1:9',
        WAREHOUSE_URL: 'http://127.0.0.1:9',
        WAREHOUSE_SECRET: 'whsec_main_0123456789',
      };
      // On Cloud Run by references, elsewhere by values: both ways work in both places.
      const versionOf = (name: string): string => `projects/demo/secrets/${name}/versions/latest`;
      const secretManager = await startSecretManagerStandIn(
        Object.fromEntries(Object.entries(secrets).map(([name, value]) => [versionOf(name), value])),
      );
      const references = Object.fromEntries(
        Object.keys(secrets).map((name) => [name, `secret://${versionOf(name)}`]),
      );
      const environment = {
        PORT: String(await findFreePort()),
        GOOGLE_CLOUD_PROJECT: 'demo',
        TASKS_LOCATION: 'us-central1',
        FIRESTORE_EMULATOR_HOST: `127.0.0.1:${firestore.port}`,
        CLOUD_TASKS_EMULATOR_HOST: '127.0.0.1:9',
        SECRET_MANAGER_EMULATOR_HOST: secretManager.host,
        ...(where === 'on Cloud Run' ? references : secrets),
        STRIPE_API_BASE: 'http://127.0.0.1:9',
        MAIL_FROM: 'orders@waybill.example',
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
        assert.equal(new Set(secretManager.asked).size, where === 'on Cloud Run' ? 4 : 0);
      } finally {
        secretManager.close();
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
