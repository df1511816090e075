import assert from 'node:assert/strict';
import { LOCAL_ORDER_LINK_KEYS } from '@waybill/orders/settings';
import { loadFrontendConfig } from './config.ts';

const env = {
  GOOGLE_CLOUD_PROJECT: 'demo',
  TASKS_LOCATION: 'europe-west1',
  ORDER_LINK_KEYS: `2026-12:${'s'.repeat(32)}`,
};

describe('loadFrontendConfig()', () => {
  it('needs the project, the queues’ location and the keys of links alone', () => {
    const config = loadFrontendConfig(env);
    assert.equal(config.PORT, 8080);
    assert.equal(config.FIRESTORE_DATABASE, '(default)');
    assert.equal(config.FIRESTORE_EMULATOR_HOST, undefined);
    assert.equal(config.DEFAULT_PAYMENT_METHOD, undefined);
  });

  it('names every problem at once', () => {
    assert.throws(
      () => loadFrontendConfig({ PORT: 'eighty', TASKS_LOCATION: 'Europe', FIRESTORE_EMULATOR_HOST: '8900' }),
      {
        message:
          'Bad configuration: PORT must be a whole number from 1 to 65535, got "eighty"; GOOGLE_CLOUD_PROJECT is required; ' +
          'TASKS_LOCATION must be a location such as europe-west1, got "Europe"; ' +
          'FIRESTORE_EMULATOR_HOST must be host:port, got "8900"',
      },
    );
  });

  it('names missing keys of links, and a laptop’s, beside the other problems', () => {
    const { ORDER_LINK_KEYS, ...rest } = env;
    assert.equal(ORDER_LINK_KEYS.length, 40);
    assert.throws(
      () => loadFrontendConfig({ ...rest, PORT: 'x' }),
      /PORT must be .*ORDER_LINK_KEYS is required/,
    );
    const laptop = { ...rest, FIRESTORE_EMULATOR_HOST: '127.0.0.1:8900' };
    assert.equal(loadFrontendConfig(laptop).ORDER_LINK_KEYS[0]?.id, 'local');
    for (const keys of [LOCAL_ORDER_LINK_KEYS, 'short', '']) {
      assert.throws(
        () => loadFrontendConfig({ ...rest, PORT: 'x', ORDER_LINK_KEYS: keys }),
        (error: Error) => {
          assert.match(
            error.message,
            /PORT must be .*ORDER_LINK_KEYS must be keys such as .* not the key "local"/,
          );
          return keys === '' || !error.message.includes(keys);
        },
      );
    }
  });

  it('takes Stripe’s publishable key, and never a secret one', () => {
    const STRIPE_PUBLISHABLE_KEY = 'pk_live_51Nabc';
    assert.equal(
      loadFrontendConfig({ ...env, STRIPE_PUBLISHABLE_KEY }).STRIPE_PUBLISHABLE_KEY,
      'pk_live_51Nabc',
    );
    for (const key of ['sk_live_51Nabc', 'pk_live_', "pk_test_1'; script-src *"]) {
      assert.throws(
        () => loadFrontendConfig({ ...env, STRIPE_PUBLISHABLE_KEY: key }),
        /STRIPE_PUBLISHABLE_KEY must be a publishable key/,
      );
    }
  });

  it('takes no test card for the default one beside a live key', () => {
    const cards = { DEFAULT_PAYMENT_METHOD: 'pm_card_visa', STRIPE_PUBLISHABLE_KEY: 'pk_test_1' };
    assert.equal(loadFrontendConfig({ ...env, ...cards }).DEFAULT_PAYMENT_METHOD, 'pm_card_visa');
    assert.throws(
      () => loadFrontendConfig({ ...env, ...cards, STRIPE_PUBLISHABLE_KEY: 'pk_live_1' }),
      /DEFAULT_PAYMENT_METHOD must not be a test card/,
    );
  });

  it('needs the worker’s address and an account for HTTP tasks', () => {
    assert.throws(
      () => loadFrontendConfig({ TASK_TARGET: 'http', PORT: 'x' }),
      /PORT must be .*TASKS_LOCATION is required.*WORKER_URL is required; TASK_SERVICE_ACCOUNT is required/,
    );
  });
});
