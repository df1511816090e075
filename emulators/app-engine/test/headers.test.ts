import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { AppEngineEmulator } from '../src/index.ts';
import { send } from './http-client.ts';
import { runEmulator, trustedToken } from './run-emulator.ts';
import { makeSmallService, type SmallService } from './small-service.ts';

type Headers = Record<string, string>;

const taskHeaders = {
  'X-AppEngine-QueueName': 'emails',
  'X-AppEngine-TaskName': 'task-1',
  'X-AppEngine-TaskRetryCount': '0',
  'X-AppEngine-TaskExecutionCount': '0',
  'X-AppEngine-TaskETA': '1385566510.916393',
};

describe('headers', () => {
  let emulator: AppEngineEmulator;
  let service: SmallService;

  before(async () => {
    service = makeSmallService();
    emulator = await runEmulator({ services: [{ appYaml: service.appYaml }] });
    await emulator.whenReady();
  });

  after(async () => {
    await emulator.close();
    service.remove();
  });

  async function arrived(headers: Record<string, string | string[]>): Promise<Headers> {
    const answer = await send(emulator.port, { headers });
    assert.equal(answer.status, 200);
    return answer.json()['headers'] as Headers;
  }

  /** Writes a request as it is and gives all that comes back. */
  async function raw(request: string): Promise<string> {
    const socket = connect(emulator.port, '127.0.0.1');
    socket.write(request);
    return text(socket);
  }

  const attempts: [string, Headers][] = [
    ['no token', {}],
    ['a wrong token', { 'X-App-Engine-Emulator-Token': 'guess' }],
    [
      'a token that is the start of the right one',
      { 'X-App-Engine-Emulator-Token': trustedToken.slice(0, -1) },
    ],
    ['an empty token', { 'X-App-Engine-Emulator-Token': '' }],
    ['the right token twice', { 'X-App-Engine-Emulator-Token': `${trustedToken}, ${trustedToken}` }],
  ];
  for (const [what, token] of attempts) {
    it(`takes task headers off a request with ${what}`, async () => {
      const headers = await arrived({ ...taskHeaders, ...token });
      for (const name of Object.keys(taskHeaders)) assert.equal(headers[name.toLowerCase()], undefined, name);
      assert.equal(headers['x-app-engine-emulator-token'], undefined);
      assert.equal(headers['x-appengine-user-ip'], '127.0.0.1');
    });
  }

  it('lets the task headers of the Cloud Tasks emulator pass, from 0.1.0.2, without the token', async () => {
    const headers = await arrived({
      ...taskHeaders,
      'X-App-Engine-Emulator-Token': trustedToken,
      'X-Forwarded-For': '9.9.9.9',
    });
    for (const [name, value] of Object.entries(taskHeaders))
      assert.equal(headers[name.toLowerCase()], value, name);
    assert.equal(headers['x-app-engine-emulator-token'], undefined);
    assert.equal(headers['x-appengine-user-ip'], '0.1.0.2');
    assert.equal(headers['x-forwarded-for'], '0.1.0.2');
  });

  it('adds the client to X-Forwarded-For and says that it spoke HTTP', async () => {
    const headers = await arrived({ 'X-Forwarded-For': '203.0.113.7', 'X-Forwarded-Proto': 'https' });
    assert.equal(headers['x-forwarded-for'], '203.0.113.7, 127.0.0.1');
    assert.equal(headers['x-forwarded-proto'], 'http');
    assert.equal(headers['x-appengine-country'], 'ZZ');
  });

  it('gives every request a trace, and keeps one that it has', async () => {
    const trace = '105445aa7843bc8bf206b12000100000/1;o=1';
    const kept = await arrived({ 'X-Cloud-Trace-Context': trace });
    assert.equal(kept['x-cloud-trace-context'], trace);
    assert.equal(kept['traceparent'], '00-105445aa7843bc8bf206b12000100000-0000000000000001-01');
    const made = (await arrived({ 'X-Cloud-Trace-Context': 'nonsense' }))['x-cloud-trace-context'];
    assert.match(made ?? '', /^[0-9a-f]{32}\/\d+;o=0$/);
    assert.notEqual((await arrived({}))['x-cloud-trace-context'], made);
  });

  it('gives a request without Host, which HTTP/1.0 allows, to the default service with its name', async () => {
    const answer = await raw('GET /echo HTTP/1.0\r\n\r\n');
    assert.match(answer, /^HTTP\/1\.1 200 /);
    assert.match(answer, /"host":"demo\.uc\.r\.appspot\.com"/);
    assert.match(await raw('GET /echo HTTP/1.1\r\n\r\n'), /^HTTP\/1\.1 400 /);
  });

  it('refuses a request with two Hosts, which could mean two services', async () => {
    const hosts = 'Host: localhost\r\nhost: worker.localhost\r\n';
    assert.match(await raw(`GET /echo HTTP/1.1\r\n${hosts}Connection: close\r\n\r\n`), /^HTTP\/1\.1 400 /);
  });

  it('hands on the Host, and each of several values, but nothing about the connection', async () => {
    const answer = await send(emulator.port, {
      host: 'default.localhost:8080',
      headers: {
        Connection: 'close, X-Private',
        'X-Private': '1',
        'Keep-Alive': 'timeout=9',
        TE: 'trailers',
        'X-Many': ['a', 'b'],
      },
    });
    const { headers, rawHeaders } = answer.json() as { headers: Headers; rawHeaders: string[] };
    assert.equal(headers['host'], 'default.localhost:8080');
    assert.equal(rawHeaders.filter((name) => name === 'X-Many').length, 2);
    for (const name of ['x-private', 'keep-alive', 'te']) assert.equal(headers[name], undefined, name);
    assert.equal(headers['connection'], 'keep-alive');
  });
});
