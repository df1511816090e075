import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRemoteJWKSet, decodeProtectedHeader, type JWTPayload, jwtVerify } from 'jose';
import { nextEvent, PARENT, startTestEmulator, type TestEmulator } from './support/emulator.ts';
import { type Receiver, startReceiver } from './support/receiver.ts';

const QUEUE = `${PARENT}/queues/hooks`;
const EMAIL = 'invoker@demo.iam.gserviceaccount.com';

describe('tokens of HTTP tasks', () => {
  let receiver: Receiver;
  let test: TestEmulator;
  let dataDir: string;

  const start = async (): Promise<void> => {
    test = await startTestEmulator({ dataDir, allowLoopbackHttpTokens: true });
  };

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'identity-'));
    receiver = await startReceiver();
    await start();
    await test.client.createQueue({ parent: PARENT, queue: { name: QUEUE } });
  });
  afterEach(async () => {
    await test.close();
    await receiver.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const create = (httpRequest: object) =>
    test.client.createTask({
      parent: QUEUE,
      task: { httpRequest: { url: `${receiver.url}/hook`, ...httpRequest } },
    });

  /** The token of the n-th request, as its receiver got it. */
  const tokenOf = async (count: number): Promise<string> => {
    const request = (await receiver.waitFor(count))[count - 1];
    const [, token] = /^Bearer (\S+)$/.exec(request?.headers.authorization ?? '') ?? [];
    return token ?? assert.fail('it has no token');
  };

  const discover = async (): Promise<{ issuer: string; jwks_uri: string }> => {
    const answer = await fetch(`http://127.0.0.1:${test.emulator.port}/.well-known/openid-configuration`);
    return (await answer.json()) as { issuer: string; jwks_uri: string };
  };

  /** Verifies a token by nothing but what is published. */
  const verify = async (token: string): Promise<JWTPayload> => {
    const { issuer, jwks_uri } = await discover();
    const keySet = createRemoteJWKSet(new URL(jwks_uri));
    return (await jwtVerify(token, keySet, { issuer, algorithms: ['RS256'] })).payload;
  };

  it('are ID tokens of the service account for the URL, signed by a published key, valid for an hour', async () => {
    await create({ oidcToken: { serviceAccountEmail: EMAIL } });
    const token = await tokenOf(1);
    const claims = await verify(token);
    assert.equal(decodeProtectedHeader(token).alg, 'RS256');
    assert.equal(claims.iss, test.emulator.issuer);
    assert.equal(claims.aud, `${receiver.url}/hook`);
    assert.equal(claims['email'], EMAIL);
    assert.equal(claims['email_verified'], true);
    assert.match(claims.sub ?? '', /^\d{21}$/);
    assert.equal((claims.exp ?? 0) - (claims.iat ?? 0), 3_600);
    assert.ok(Math.abs((claims.iat ?? 0) * 1_000 - Date.now()) < 60_000);
  });

  it('are verified by the certificates too, which Google’s own verifiers read', async () => {
    await create({ oidcToken: { serviceAccountEmail: EMAIL } });
    const token = await tokenOf(1);
    const answer = await fetch(`http://127.0.0.1:${test.emulator.port}/oauth2/v1/certs`);
    const certificates = (await answer.json()) as Record<string, string>;
    const { kid = '' } = decodeProtectedHeader(token);
    assert.deepEqual(Object.keys(certificates), [kid]);
    const { publicKey, validFromDate, validToDate } = new X509Certificate(certificates[kid] ?? '');
    assert.equal((await jwtVerify(token, publicKey)).payload['email'], EMAIL);
    assert.ok(validFromDate.getTime() < Date.now() && validToDate.getTime() > Date.now());
  });

  it('may name Google as their issuer, with the keys still here', async () => {
    const google = await startTestEmulator({ issuer: 'https://accounts.google.com' });
    try {
      const url = `http://127.0.0.1:${google.emulator.port}`;
      const answer = await fetch(`${url}/.well-known/openid-configuration`);
      const { issuer, jwks_uri } = (await answer.json()) as { issuer: string; jwks_uri: string };
      assert.deepEqual([issuer, jwks_uri], ['https://accounts.google.com', `${url}/oauth2/v3/certs`]);
    } finally {
      await google.close();
    }
  });

  it('are for the audience that the task names', async () => {
    await create({ oidcToken: { serviceAccountEmail: EMAIL, audience: 'https://worker.example' } });
    assert.equal((await verify(await tokenOf(1))).aud, 'https://worker.example');
  });

  it('take the place of the caller’s own Authorization header, whatever its case', async () => {
    await create({ oidcToken: { serviceAccountEmail: EMAIL }, headers: { aUTHORIZATION: 'Basic abc' } });
    const [request] = await receiver.waitFor(1);
    const names = (request?.rawHeaders ?? []).filter((text) => /^authorization$/i.test(text));
    assert.deepEqual(names, ['Authorization']);
    await verify(await tokenOf(1));
  });

  it('are opaque, and another each time, where the task asks for an access token', async () => {
    const oauthToken = {
      serviceAccountEmail: EMAIL,
      scope: 'https://www.googleapis.com/auth/cloud-platform',
    };
    await create({ oauthToken });
    await create({ oauthToken });
    const tokens = [await tokenOf(1), await tokenOf(2)];
    assert.equal(new Set(tokens).size, 2);
    for (const token of tokens) assert.match(token, /^emulator\.[\w-]{43}$/);
  });

  it('go to nobody who asks for none', async () => {
    await create({ headers: { Authorization: 'Basic abc' } });
    const [request] = await receiver.waitFor(1);
    assert.equal(request?.headers.authorization, 'Basic abc');
  });

  it('are in no answer about the task', async () => {
    receiver.answer(500);
    const [created] = await create({ oidcToken: { serviceAccountEmail: EMAIL } });
    await tokenOf(1);
    const [got] = await test.client.getTask({ name: created.name ?? '', responseView: 'FULL' });
    const [listed] = await test.client.listTasks({ parent: QUEUE, responseView: 'FULL' });
    const rest = await fetch(
      `http://127.0.0.1:${test.emulator.port}/v2/${created.name}?responseView=FULL`,
    ).then((answer) => answer.text());
    for (const text of [JSON.stringify(got), JSON.stringify(listed), rest]) {
      assert.ok(text.includes(EMAIL));
      assert.ok(!/Bearer|eyJ/.test(text), text);
    }
  });

  it('are still verified by the same key after a restart; nobody else may read it', async () => {
    await create({ oidcToken: { serviceAccountEmail: EMAIL } });
    const { kid } = decodeProtectedHeader(await tokenOf(1));
    assert.equal(statSync(join(dataDir, 'oidc-key.pem')).mode & 0o777, 0o600);
    await test.close();
    await start();
    await create({ oidcToken: { serviceAccountEmail: EMAIL } });
    const token = await tokenOf(2);
    await verify(token);
    assert.equal(decodeProtectedHeader(token).kid, kid);
  });

  it('are not sent where the key can’t be read: the attempt says so', async () => {
    writeFileSync(join(dataDir, 'oidc-key.pem'), 'no key');
    const ended = nextEvent(test.emulator, 'dispatchEnded');
    await create({ oidcToken: { serviceAccountEmail: EMAIL } });
    assert.match((await ended).error ?? '', /oidc-key\.pem must hold an RSA key/);
    assert.equal(receiver.received.length, 0);
  });

  it('publish nothing of the private key', async () => {
    const { jwks_uri } = await discover();
    const { keys } = (await (await fetch(jwks_uri)).json()) as { keys: Record<string, string>[] };
    assert.deepEqual(
      keys.map((key) => Object.keys(key).sort()),
      [['alg', 'e', 'kid', 'kty', 'n', 'use']],
    );
  });

  it('are given to what stands for Cloud Scheduler', async () => {
    const ask = (body: object) =>
      fetch(`http://127.0.0.1:${test.emulator.port}/emulator/id-token`, {
        method: 'POST',
        body: JSON.stringify(body),
      });
    const answer = await ask({ serviceAccountEmail: EMAIL, audience: 'https://worker.example' });
    const { token } = (await answer.json()) as { token: string };
    const claims = await verify(token);
    assert.deepEqual([claims['email'], claims.aud], [EMAIL, 'https://worker.example']);
    const refused = await ask({ audience: 'https://worker.example' });
    assert.equal(refused.status, 400);
    assert.partialDeepStrictEqual(await refused.json(), { status: 400, code: 'BAD_ID_TOKEN' });
  });

  it('go to names below localhost, which are this machine', async () => {
    const url = receiver.url.replace('127.0.0.1', 'worker.localhost');
    await create({ url, oidcToken: { serviceAccountEmail: EMAIL } });
    assert.equal((await verify(await tokenOf(1))).aud, url);
    assert.match((await receiver.waitFor(1))[0]?.headers.host ?? '', /^worker\.localhost:/);
  });

  for (const url of ['http://example.com/', 'http://127.0.0.1.example.com/', 'http://10.0.0.1/']) {
    it(`are refused for ${url} even where loopback is allowed`, async () => {
      await assert.rejects(
        create({ url, oidcToken: { serviceAccountEmail: EMAIL } }),
        /must start with 'https:\/\/'/,
      );
    });
  }
});
