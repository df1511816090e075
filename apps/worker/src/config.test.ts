import assert from 'node:assert/strict';
import { LOCAL_ORDER_LINK_KEYS } from '@waybill/orders/settings';
import { loadWorkerConfig } from './config.ts';

const env = {
  GOOGLE_CLOUD_PROJECT: 'demo',
  TASKS_LOCATION: 'europe-west1',
  STRIPE_API_KEY: 'sk_test_123',
  SMTP_URL: 'smtp://127.0.0.1:1025',
  MAIL_FROM: 'Waybill <orders@waybill.example>',
  WAREHOUSE_URL: 'https://warehouse.example/orders',
  WAREHOUSE_SECRET: 'whsec_config_0123456789',
  ORDER_LINK_KEYS: `2026-12:${'s'.repeat(32)}`,
};

describe('loadWorkerConfig()', () => {
  it('takes what has no default', () => {
    const config = loadWorkerConfig(env);
    assert.equal(config.PORT, 8080);
    assert.equal(config.STRIPE_API_BASE, undefined);
    assert.equal(config.SMTP_URL.href, 'smtp://127.0.0.1:1025');
    assert.equal(config.GAE_ENV, undefined);
  });

  it('takes a bare address as the sender, and nothing that would break a header', () => {
    assert.equal(loadWorkerConfig({ ...env, MAIL_FROM: 'a@b.example' }).MAIL_FROM, 'a@b.example');
    for (const MAIL_FROM of [
      'Waybill',
      'Waybill <orders>',
      'W <a@b>\r\nBcc: <c@d>',
      'T:a@b.example;',
      'a@b.example, c@d.example',
    ]) {
      assert.throws(() => loadWorkerConfig({ ...env, MAIL_FROM }), /MAIL_FROM must be an address/);
    }
  });

  it('names every problem at once, and no secret', () => {
    assert.throws(
      () => loadWorkerConfig({ STRIPE_API_KEY: 'sk_1', SMTP_URL: 'http://user:pass@host' }),
      (error: Error) => {
        assert.match(error.message, /GOOGLE_CLOUD_PROJECT is required; TASKS_LOCATION is required/);
        assert.match(error.message, /STRIPE_API_KEY must be a secret of at least 8 characters/);
        assert.match(error.message, /SMTP_URL must be an absolute URL \(smtp:\/\/… or smtps:\/\/…\)/);
        assert.match(error.message, /MAIL_FROM is required/);
        assert.ok(!/sk_1|pass/.test(error.message));
        return true;
      },
    );
  });

  it('needs the keys of links where no emulator stands in', () => {
    const { ORDER_LINK_KEYS, ...rest } = env;
    assert.equal(loadWorkerConfig(env).ORDER_LINK_KEYS[0]?.secret, ORDER_LINK_KEYS.slice(8));
    assert.throws(
      () => loadWorkerConfig({ ...rest, MAIL_FROM: '' }),
      /MAIL_FROM .*ORDER_LINK_KEYS is required/,
    );
    assert.throws(
      () => loadWorkerConfig({ ...rest, ORDER_LINK_KEYS: LOCAL_ORDER_LINK_KEYS }),
      /ORDER_LINK_KEYS must be .* not the key "local"/,
    );
  });

  it('takes URLs in clear text to this machine alone', () => {
    const http = {
      ...env,
      TASK_TARGET: 'http',
      WORKER_URL: 'https://worker.example',
      TASK_SERVICE_ACCOUNT: 'tasks@demo.iam.gserviceaccount.com',
    };
    for (const name of ['STRIPE_API_BASE', 'WAREHOUSE_URL', 'OIDC_KEYS_URL', 'OIDC_ISSUER'] as const) {
      for (const host of ['127.0.0.1:9', 'localhost', '127.8.9.1', '[::1]:9']) {
        assert.doesNotThrow(() => loadWorkerConfig({ ...http, [name]: `http://${host}/x` }), host);
      }
      for (const host of ['warehouse.example', '127.0.0.1.nip.io', 'localhost.evil.example', '10.0.0.7']) {
        assert.throws(
          () => loadWorkerConfig({ ...http, [name]: `http://${host}/x` }),
          new RegExp(`${name} must be`),
        );
      }
    }
  });

  it('takes no options in the address of the mail server, which could switch TLS off', () => {
    for (const query of [
      'ignoreTLS=true',
      'requireTLS=false',
      'secure=false',
      'tls.rejectUnauthorized=false',
    ]) {
      assert.throws(
        () => loadWorkerConfig({ ...env, SMTP_URL: `smtp://user:pass@mail.example:587?${query}` }),
        (error: Error) => {
          assert.match(error.message, /SMTP_URL must be .* without a query/);
          assert.doesNotMatch(error.message, /pass@/);
          return true;
        },
      );
    }
  });

  it('takes Google for the issuer of tokens, and Cloud Run for their verifier on Cloud Run alone', () => {
    const http = {
      ...env,
      TASK_TARGET: 'http',
      WORKER_URL: 'https://worker.example',
      TASK_SERVICE_ACCOUNT: 'tasks@demo.iam.gserviceaccount.com',
    };
    assert.equal(loadWorkerConfig(http).OIDC_ISSUER, 'https://accounts.google.com');
    const OIDC_ISSUER = 'accounts.google.com';
    assert.equal(loadWorkerConfig({ ...http, OIDC_ISSUER }).OIDC_ISSUER, OIDC_ISSUER);
    assert.equal(loadWorkerConfig(http).OIDC_KEYS_URL.href, 'https://www.googleapis.com/oauth2/v3/certs');
    assert.equal(loadWorkerConfig(http).TASK_TOKEN_SIGNATURE, 'here');
    const behindCloudRun = { ...http, TASK_TOKEN_SIGNATURE: 'cloud-run' };
    assert.equal(loadWorkerConfig({ ...behindCloudRun, K_SERVICE: 'worker' }).K_SERVICE, 'worker');
    assert.throws(
      () => loadWorkerConfig(behindCloudRun),
      /TASK_TOKEN_SIGNATURE may be cloud-run only on Cloud Run/,
    );
  });
});
