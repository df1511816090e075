import assert from 'node:assert/strict';
import { addressesOf, loadConsoleConfig } from './config.ts';

const google = { GOOGLE_CLOUD_PROJECT: 'demo', TASKS_LOCATION: 'europe-west1' };
const emulators = {
  CLOUD_TASKS_EMULATOR_HOST: '127.0.0.1:8123',
  FIRESTORE_EMULATOR_HOST: 'localhost:8900',
};

describe('loadConsoleConfig()', () => {
  it('lets in whom IAP vouches for unless told otherwise, with the keys that Google publishes', () => {
    const config = loadConsoleConfig({ ...google, CONSOLE_IAP_AUDIENCE: '/projects/1/apps/demo' });
    assert.equal(config.CONSOLE_ACCESS, 'iap');
    assert.equal(String(config.CONSOLE_IAP_KEYS_URL), 'https://www.gstatic.com/iap/verify/public_key-jwk');
  });

  it('does not start behind IAP without the audience', () => {
    assert.throws(() => loadConsoleConfig(google), {
      message: 'Bad configuration: CONSOLE_IAP_AUDIENCE is required where CONSOLE_ACCESS is iap',
    });
  });

  it('is open to whoever sits at the machine where both emulators are on it', () => {
    const config = loadConsoleConfig({ ...google, ...emulators, CONSOLE_ACCESS: 'local' });
    assert.equal(config.CONSOLE_ACCESS, 'local');
  });

  for (const [what, hosts] of [
    ['no emulators', {}],
    ['one emulator', { FIRESTORE_EMULATOR_HOST: '127.0.0.1:8900' }],
    ['an emulator elsewhere', { ...emulators, FIRESTORE_EMULATOR_HOST: '10.0.0.7:8900' }],
    ['a name that looks like this machine', { ...emulators, FIRESTORE_EMULATOR_HOST: '127.0.0.1.nip.io:80' }],
  ] as const) {
    it(`is not, with ${what}, wherever it runs`, () => {
      assert.throws(
        () => loadConsoleConfig({ ...google, ...hosts, CONSOLE_ACCESS: 'local', GAE_ENV: 'standard' }),
        { message: /CONSOLE_ACCESS may be local only where \w+ is an emulator on this machine/ },
      );
    });
  }

  it('controls no local stack behind IAP', () => {
    const control = {
      LOCAL_STACK_CONTROL_URL: 'http://127.0.0.1:1/',
      LOCAL_STACK_CONTROL_TOKEN: 'x'.repeat(16),
    };
    assert.throws(
      () => loadConsoleConfig({ ...google, ...control, CONSOLE_IAP_AUDIENCE: '/projects/1/apps/demo' }),
      { message: 'Bad configuration: LOCAL_STACK_CONTROL_URL is for CONSOLE_ACCESS=local' },
    );
  });

  it('reads the keys of IAP over http from this machine alone', () => {
    const iap = { ...google, CONSOLE_IAP_AUDIENCE: '/projects/1/apps/demo' };
    const CONSOLE_IAP_KEYS_URL = 'http://127.0.0.1:9/keys';
    assert.doesNotThrow(() => loadConsoleConfig({ ...iap, CONSOLE_IAP_KEYS_URL }));
    for (const host of ['www.gstatic.com', '127.0.0.1@evil.example', '127.evil.example', '0.0.0.0']) {
      assert.throws(
        () => loadConsoleConfig({ ...iap, CONSOLE_IAP_KEYS_URL: `http://${host}/keys` }),
        /CONSOLE_IAP_KEYS_URL must be an absolute URL \(http:\/\/… on this machine alone or https/,
      );
    }
  });

  it('controls a local stack on this machine alone', () => {
    const LOCAL_STACK_CONTROL_URL = 'http://stack.example:1/';
    assert.throws(
      () => loadConsoleConfig({ ...google, ...emulators, CONSOLE_ACCESS: 'local', LOCAL_STACK_CONTROL_URL }),
      /LOCAL_STACK_CONTROL_URL must be/,
    );
  });

  it('refuses a list of operators that is none', () => {
    assert.throws(() => loadConsoleConfig({ ...google, CONSOLE_OPERATORS: 'everyone' }), {
      message: /CONSOLE_OPERATORS must be e-mail addresses with commas between them, got "everyone"/,
    });
  });
});

describe('addressesOf()', () => {
  it('compares addresses without regard to case', () => {
    assert.deepEqual(addressesOf('Ada@Example.com, bob@example.com'), ['ada@example.com', 'bob@example.com']);
    assert.deepEqual(addressesOf(undefined), []);
  });

  it('keeps a letter that only looks like an ASCII one', () => {
    assert.deepEqual(addressesOf('\u212Aim@example.com'), ['\u212Aim@example.com']);
  });
});
