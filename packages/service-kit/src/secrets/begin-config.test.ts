import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { grpc } from 'google-gax';
import {
  refusedServiceProcess,
  runServiceProcess,
  type SecretManagerStandIn,
  startSecretManagerStandIn,
} from '../../test/index.ts';
import { ConfigError, loadConfig, setting } from '../config.ts';
import { processSettings } from '../process/process-settings.ts';
import { beginConfig, SecretsUnavailableError } from './begin-config.ts';

const main = new URL('../../test/secret-service.ts', import.meta.url);
const KEY = 'projects/demo/secrets/API_KEY/versions/latest';
const HOOK = 'projects/demo/secrets/HOOK_URL/versions/7';
const environment = { GOOGLE_CLOUD_PROJECT: 'demo', LISTEN_HOST: '127.0.0.1' };

describe('beginConfig()', () => {
  let secrets: SecretManagerStandIn;
  let folder: string;
  beforeEach(async () => {
    secrets = await startSecretManagerStandIn({
      [KEY]: 'hunter2hunter2\n',
      [HOOK]: 'https://hook.example/x',
    });
    folder = mkdtempSync(join(tmpdir(), 'secrets-'));
  });
  afterEach(() => {
    secrets.close();
    rmSync(folder, { recursive: true });
  });

  const settings = { API_KEY: setting.secret({ minLength: 8 }), HOOK_URL: setting.optional(setting.url()) };
  const begin = (variables: Record<string, string>) =>
    beginConfig(
      'shop',
      {
        ...environment,
        SECRET_MANAGER_EMULATOR_HOST: secrets.host,
        SECRETS_TIMEOUT_MS: '20000',
        ...variables,
      },
      (env) => loadConfig({ ...processSettings('shop'), ...settings }, env),
    );
  const reference = `secret://${KEY}`;

  it('reads secrets from Secret Manager by its official client, without the last line break', async () => {
    const begun = begin({ API_KEY: reference, HOOK_URL: `secret://${HOOK}` });
    assert.equal(begun.GAE_SERVICE, 'shop');
    assert.deepEqual(secrets.asked, []);
    const { API_KEY, HOOK_URL, PORT } = await begun.complete();
    assert.deepEqual([API_KEY, HOOK_URL?.href, PORT], ['hunter2hunter2', 'https://hook.example/x', 8080]);
    assert.deepEqual(secrets.asked.toSorted(), [KEY, HOOK].sort());
  });

  it('reads a version once, however many settings refer to it', async () => {
    secrets.values.set(KEY, 'https://hook.example/');
    await begin({ API_KEY: reference, HOOK_URL: reference }).complete();
    assert.deepEqual(secrets.asked, [KEY]);
  });

  it('gets a rotated secret at the next start, and keeps the one it has until then', async () => {
    const old = begin({ API_KEY: reference });
    assert.equal((await old.complete()).API_KEY, 'hunter2hunter2');
    secrets.values.set(KEY, 'rotated-rotated');
    assert.equal((await old.complete()).API_KEY, 'hunter2hunter2');
    assert.equal((await begin({ API_KEY: reference }).complete()).API_KEY, 'rotated-rotated');
  });

  it('reads secrets from a file of a laptop, and asks nobody', async () => {
    const file = join(folder, 'key');
    writeFileSync(file, 'from-a-file\r\n', { mode: 0o600 });
    assert.equal((await begin({ API_KEY: `secret-file://${file}` }).complete()).API_KEY, 'from-a-file');
    assert.deepEqual(secrets.asked, []);
  });

  it('names every wrong reference and setting at once, and shows no text of a reference', () => {
    assert.throws(
      () =>
        begin({
          PORT: 'eighty',
          API_KEY: 'secret://sk_live_hunter2',
          HOOK_URL: 'secret-file:///nowhere/hook',
          OTHER: reference,
        }),
      (error: unknown) => {
        assert.ok(error instanceof ConfigError);
        assert.match(error.message, /API_KEY must refer to a secret as secret:\/\/projects\/PROJECT/);
        assert.match(error.message, /HOOK_URL refers to \/nowhere\/hook, which can not be read \(ENOENT\)/);
        assert.match(error.message, /PORT must be a whole number/);
        assert.doesNotMatch(error.message, /hunter2|beginConfig/);
        return true;
      },
    );
  });

  for (const text of [
    'secret://',
    'secret:projects/demo/secrets/API_KEY/versions/latest',
    'SECRET://projects/demo/secrets/API_KEY/versions/latest',
    'secret://projects/demo/secrets/API_KEY',
    'secret://projects/demo/secrets/API_KEY/versions/',
    'secret://projects/demo/secrets/API_KEY/versions/0',
    'secret://projects/demo/secrets/../API_KEY/versions/latest',
    'secret://projects/demo/secrets/API KEY/versions/latest',
    `secret://${KEY}/`,
    `secret://${KEY}?x`,
    `secret://${KEY}\n`,
    'secret-file://relative/key',
    'secret-file:/absolute/key',
  ]) {
    it(`refuses ${JSON.stringify(text)} as a reference`, () => {
      assert.throws(() => begin({ API_KEY: text }), /API_KEY must refer to a secret as/);
    });
  }

  it('never takes a reference for the value of a secret', () => {
    assert.throws(() => loadConfig(settings, { API_KEY: reference }), {
      name: 'ConfigError',
      message: /API_KEY refers to a secret, which only a service that begins with beginConfig\(\) reads/,
    });
  });

  it('speaks in clear text to a stand-in on this machine alone', () => {
    for (const host of ['secrets.example:80', '127.0.0.1.nip.io:80', '10.0.0.7:80']) {
      assert.throws(
        () => begin({ API_KEY: reference, SECRET_MANAGER_EMULATOR_HOST: host }),
        /SECRET_MANAGER_EMULATOR_HOST must be host:port on this machine/,
      );
    }
  });

  it('retries an outage until its time is up', async () => {
    secrets.failures.push(grpc.status.UNAVAILABLE, grpc.status.RESOURCE_EXHAUSTED);
    assert.equal((await begin({ API_KEY: reference }).complete()).API_KEY, 'hunter2hunter2');
    assert.equal(secrets.asked.length, 3);
  });

  it('gives up on a Secret Manager that stays silent, with an error that a later start may not have', async () => {
    secrets.failures.push(...Array.from({ length: 50 }, () => 'silent' as const));
    await assert.rejects(
      begin({ API_KEY: reference, SECRETS_TIMEOUT_MS: '400' }).complete(),
      (error: unknown) => {
        assert.ok(error instanceof SecretsUnavailableError, String(error));
        assert.deepEqual([error.code, error.retryable], ['SECRETS_UNAVAILABLE', true]);
        assert.match(error.message, /API_KEY refers to projects\/demo\/.*did not respond within 400 ms/);
        return true;
      },
    );
  });

  for (const [code, words] of [
    ['NOT_FOUND', /there is no such version/],
    ['PERMISSION_DENIED', /may not read it .* roles\/secretmanager\.secretAccessor/],
    ['FAILED_PRECONDITION', /is disabled or destroyed/],
  ] as const) {
    it(`does not retry ${code}, and says what to do`, async () => {
      secrets.failures.push(grpc.status[code]);
      await assert.rejects(begin({ API_KEY: reference }).complete(), (error: unknown) => {
        assert.ok(error instanceof ConfigError, String(error));
        assert.match(error.message, words);
        assert.match(error.message, /API_KEY refers to projects/);
        return true;
      });
      assert.equal(secrets.asked.length, 1);
    });
  }

  it('shows no value of a secret that a setting does not accept', async () => {
    secrets.values.set(KEY, 'short').set(HOOK, 'http://hunter2.example');
    await assert.rejects(
      begin({ API_KEY: reference, HOOK_URL: `secret://${HOOK}` }).complete(),
      (error: unknown) => {
        assert.ok(error instanceof ConfigError);
        assert.match(error.message, /API_KEY must be a secret of at least 8 characters.*HOOK_URL must be/);
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      },
    );
  });

  it('refuses a secret that is no text', async () => {
    secrets.values.set(KEY, new Uint8Array([0xff, 0xfe, 0xff, 0xfe, 0xff, 0xfe, 0xff, 0xfe]));
    await assert.rejects(begin({ API_KEY: reference }).complete(), /is not UTF-8/);
  });

  describe('in a process', () => {
    it('listens at once, and serves with the secret', async () => {
      const variables = { ...environment, SECRET_MANAGER_EMULATOR_HOST: secrets.host, API_KEY: reference };
      const exit = await runServiceProcess(main, variables, async ({ url }) => {
        assert.equal((await fetch(`${url}/healthz`)).status, 200);
        const body = (await (await fetch(url)).json()) as object;
        assert.deepEqual(body, { API_KEY: 'hunter2hunter2', hasClient: true });
      });
      assert.deepEqual(exit, [0, null]);
    });

    it('loads no client where no setting says so', async () => {
      const variables = { ...environment, API_KEY: 'hunter2hunter2' };
      const exit = await runServiceProcess(main, variables, async ({ url }) => {
        assert.equal(((await (await fetch(url)).json()) as { hasClient: boolean }).hasClient, false);
      });
      assert.deepEqual(exit, [0, null]);
    });

    it('ends with code 1 where Secret Manager is away, without a request', async () => {
      const { code, logText } = await refusedServiceProcess(main, {
        ...environment,
        SECRET_MANAGER_EMULATOR_HOST: '127.0.0.1:9',
        SECRETS_TIMEOUT_MS: '300',
        METADATA_SERVER_DETECTION: 'none',
        API_KEY: reference,
      });
      assert.equal(code, 1);
      const line = logText.split('\n').find((text) => text.includes('settings not complete'));
      const { severity, error } = JSON.parse(line ?? '{}');
      assert.equal(severity, 'CRITICAL');
      assert.partialDeepStrictEqual(error, { code: 'SECRETS_UNAVAILABLE', retryable: true });
    });

    it('ends with code 1 for a wrong reference, before it listens', async () => {
      const { code, errorText, logText } = await refusedServiceProcess(main, {
        ...environment,
        API_KEY: 'secret://API_KEY',
        HOOK_URL: 'http://hook.example',
      });
      assert.equal(code, 1);
      assert.match(errorText, /API_KEY must refer to a secret as .*; HOOK_URL must be an absolute URL/);
      assert.doesNotMatch(logText, /listening/);
    });
  });
});
