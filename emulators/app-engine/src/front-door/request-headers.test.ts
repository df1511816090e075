import assert from 'node:assert/strict';
import {
  appEngineHeaders,
  clientAddress,
  clientResponseHeaders,
  requestSource,
  serviceRequestHeaders,
} from './request-headers.ts';

/** The headers that reach a service, names in lower case. */
function arrived(raw: string[], source: 'outside' | 'task' | 'cron' = 'outside'): Map<string, string> {
  const result = serviceRequestHeaders(raw, {
    source,
    address: clientAddress(source, '::ffff:192.0.2.1'),
    defaultHost: 'demo.uc.r.appspot.com',
    deadlineMs: 600_000,
    serviceToken: 'service-token',
  });
  const entries: [string, string][] = [];
  for (let index = 0; index < result.length; index += 2) {
    entries.push([(result[index] ?? '').toLowerCase(), result[index + 1] ?? '']);
  }
  assert.equal(new Set(entries.map(([name]) => name)).size, entries.length, 'each header once');
  return new Map(entries);
}

/** x-appengine-foo → X-AppEngine-FOO: case must not matter. */
function otherCase(name: string): string {
  return name
    .replace('x-appengine-', 'X-AppEngine-')
    .replace(/-(\w+)$/, (_, last: string) => `-${last.toUpperCase()}`);
}

describe('serviceRequestHeaders()', () => {
  const setByItself = [
    ...['country', 'region', 'city', 'citylatlong', 'user-ip', 'https', 'default-version-hostname'],
    ...['request-log-id', 'timeout-ms'],
  ].map((suffix) => `x-appengine-${suffix}`);

  it('takes each known App Engine header off requests from outside, and lets those of App Engine itself pass', () => {
    for (const name of appEngineHeaders) {
      for (const spelling of [name, otherCase(name), name.toUpperCase()]) {
        assert.notEqual(arrived([spelling, 'forged']).get(name), 'forged', spelling);
        assert.equal(arrived([spelling, 'real'], 'task').get(name), 'real', spelling);
      }
      assert.equal(arrived([name, 'forged']).has(name), setByItself.includes(name));
    }
  });

  it('lets look-alikes pass', () => {
    for (const name of appEngineHeaders) {
      const lookAlikes = [
        `${name}s`,
        `x-${name}`,
        name.replace('x-appengine-', 'x-app-engine-'),
        name.replace('x-', ''),
        // Only exact names are App Engine's: Node.js, unlike CGI, does not take the one for the other.
        name.replaceAll('-', '_'),
        name.replace('x-appengine-', 'x-appengine_'),
      ];
      for (const lookAlike of lookAlikes)
        assert.equal(arrived([lookAlike, 'kept']).get(lookAlike), 'kept', lookAlike);
    }
  });

  it("knows the task headers by Cloud Tasks' own names", () => {
    for (const suffix of [
      'QueueName',
      'TaskName',
      'TaskRetryCount',
      'TaskExecutionCount',
      'TaskETA',
      'TaskPreviousResponse',
      'TaskRetryReason',
      'FailFast',
    ]) {
      assert.ok(appEngineHeaders.has(`x-appengine-${suffix.toLowerCase()}`), suffix);
    }
  });

  it('takes every X-Google-* off, and lets X-CloudTasks-* pass', () => {
    const headers = arrived([
      'X-Google-Internal',
      '1',
      'x-google-anything',
      '2',
      'X-Googleish',
      '3',
      'X-CloudTasks-QueueName',
      'q',
    ]);
    assert.deepEqual(
      ['x-google-internal', 'x-google-anything', 'x-googleish', 'x-cloudtasks-queuename'].map((name) =>
        headers.get(name),
      ),
      [undefined, undefined, '3', 'q'],
    );
  });

  it('gives the address of the client, of tasks, and of cron', () => {
    const addresses = (['outside', 'task', 'cron'] as const).map((source) => {
      const headers = arrived([], source);
      return [headers.get('x-appengine-user-ip'), headers.get('x-forwarded-for')];
    });
    assert.deepEqual(addresses, [
      ['192.0.2.1', '192.0.2.1'],
      ['0.1.0.2', '0.1.0.2'],
      ['0.1.0.1', '0.1.0.1'],
    ]);
  });

  it('takes each of several forged ones off', () => {
    const raw = ['X-AppEngine-TaskName', 'a', 'x-appengine-taskname', 'b', 'X-APPENGINE-TASKNAME', 'c'];
    assert.equal(arrived(raw).has('x-appengine-taskname'), false);
    assert.equal(
      arrived(['X-AppEngine-Country', 'DE', 'x-appengine-country', 'FR']).get('x-appengine-country'),
      'ZZ',
    );
  });

  it('adds what App Engine adds to each request', () => {
    const headers = arrived([]);
    assert.match(headers.get('x-appengine-request-log-id') ?? '', /^[0-9a-f]{32}$/);
    assert.notEqual(headers.get('x-appengine-request-log-id'), arrived([]).get('x-appengine-request-log-id'));
    const fixed = [...headers].filter(([name]) => !/log-id|trace/.test(name));
    assert.deepEqual(Object.fromEntries(fixed), {
      host: 'demo.uc.r.appspot.com',
      'x-appengine-country': 'ZZ',
      'x-appengine-region': '?',
      'x-appengine-city': '?',
      'x-appengine-citylatlong': '0.000000,0.000000',
      'x-appengine-user-ip': '192.0.2.1',
      'x-appengine-https': 'off',
      'x-appengine-default-version-hostname': 'demo.uc.r.appspot.com',
      'x-appengine-timeout-ms': '599999',
      'x-forwarded-for': '192.0.2.1',
      'x-app-engine-emulator-service-token': 'service-token',
      'x-forwarded-proto': 'http',
      forwarded: 'for="192.0.2.1";proto=http',
    });
    assert.equal(arrived(['Host', 'shop.example']).get('host'), 'shop.example');
    assert.equal(arrived(['Forwarded', 'for="203.0.113.7"']).get('forwarded'), 'for="192.0.2.1";proto=http');
  });

  it('takes Accept-Encoding off, as App Engine compresses by itself', () => {
    assert.equal(arrived(['Accept-Encoding', 'gzip']).has('accept-encoding'), false);
  });
});

describe('requestSource()', () => {
  it('trusts the right token alone', () => {
    const source = (token: string | string[] | undefined, more = {}) =>
      requestSource({ 'x-app-engine-emulator-token': token, ...more }, 'secret');
    assert.equal(source('secret'), 'task');
    assert.equal(source('secret', { 'x-appengine-cron': 'true' }), 'cron');
    for (const wrong of [undefined, '', 'Secret', 'secret ', ['secret']]) {
      assert.equal(source(wrong, { 'x-appengine-cron': 'true' }), 'outside');
    }
  });
});

describe('clientResponseHeaders()', () => {
  it('keeps all but what is about the connection', () => {
    const raw = [
      'Set-Cookie',
      'a=1',
      'Connection',
      'close, x-hop',
      'X-Hop',
      '1',
      'Transfer-Encoding',
      'chunked',
      'Set-Cookie',
      'b=2',
    ];
    assert.deepEqual(clientResponseHeaders(raw), ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2']);
  });

  it('adds a cookie, unless the service sets it itself', () => {
    assert.deepEqual(clientResponseHeaders(['Set-Cookie', 'a=1'], 'P=7; Path=/'), [
      'Set-Cookie',
      'a=1',
      'Set-Cookie',
      'P=7; Path=/',
    ]);
    assert.deepEqual(clientResponseHeaders(['set-cookie', 'P=9'], 'P=7; Path=/'), ['set-cookie', 'P=9']);
  });
});
