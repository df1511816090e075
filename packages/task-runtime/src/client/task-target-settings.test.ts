import assert from 'node:assert/strict';
import { loadConfig } from '@waybill/service-kit';
import { addressOf, audienceOf } from './task-target.ts';
import { taskTargetOf, taskTargetSettings } from './task-target-settings.ts';

const load = (env: Record<string, string>) => loadConfig(taskTargetSettings(env), env);
const http = {
  TASK_TARGET: 'http',
  WORKER_URL: 'https://worker-abc.run.app/',
  TASK_SERVICE_ACCOUNT: 'tasks@demo.iam.gserviceaccount.com',
};

describe('taskTargetSettings()', () => {
  it('need nothing for App Engine', () => {
    assert.deepEqual(taskTargetOf(load({})), { kind: 'app-engine' });
  });

  it('pin a version alone for the worker, and one of each service that is named', () => {
    assert.equal(load({}).TASK_ROUTING_VERSION, undefined);
    assert.deepEqual(load({ TASK_ROUTING_VERSION: 'v2' }).TASK_ROUTING_VERSION, { worker: 'v2' });
    const both = load({ TASK_ROUTING_VERSION: 'worker=v2 billing=v7' });
    assert.deepEqual(both.TASK_ROUTING_VERSION, { worker: 'v2', billing: 'v7' });
  });

  for (const text of ['worker=', '=v2', 'Worker=v2', 'worker=v2,billing=v7', 'worker=v2 worker=v3', 'V2']) {
    it(`refuses "${text}" as versions`, () => {
      assert.throws(
        () => load({ TASK_ROUTING_VERSION: text }),
        /TASK_ROUTING_VERSION must be a version of the/,
      );
    });
  }

  it('lead to the worker over HTTP, with tokens for its address', () => {
    assert.deepEqual(taskTargetOf(load(http)), {
      kind: 'http',
      origins: { worker: 'https://worker-abc.run.app' },
      serviceAccount: 'tasks@demo.iam.gserviceaccount.com',
      audience: undefined,
    });
    const own = taskTargetOf(load(http));
    assert.ok(own.kind === 'http' && audienceOf(own, 'worker') === 'https://worker-abc.run.app');
    const named = taskTargetOf(load({ ...http, TASK_AUDIENCE: 'waybill-worker' }));
    assert.ok(named.kind === 'http' && audienceOf(named, 'worker') === 'waybill-worker');
  });

  it('lead to each service over HTTP, with tokens for that service, and a path where it has one', () => {
    const TASK_SERVICE_URLS = 'billing=https://billing-abc.run.app/internal shipping=https://s.example:8443/';
    const target = taskTargetOf(load({ ...http, TASK_SERVICE_URLS }));
    assert.ok(target.kind === 'http');
    assert.deepEqual(Object.keys(target.origins), ['worker', 'billing', 'shipping']);
    assert.equal(addressOf(target, 'billing'), 'https://billing-abc.run.app/internal');
    assert.equal(audienceOf(target, 'billing'), 'https://billing-abc.run.app');
    assert.equal(addressOf(target, 'shipping'), 'https://s.example:8443');
    assert.throws(() => addressOf(target, 'mailing'), /service mailing is not known here.*TASK_SERVICE_URLS/);
  });

  it('need no WORKER_URL where TASK_SERVICE_URLS names the services', () => {
    const { WORKER_URL: _, ...rest } = http;
    const target = taskTargetOf(load({ ...rest, TASK_SERVICE_URLS: 'worker=https://w.example' }));
    assert.ok(target.kind === 'http' && target.origins['worker'] === 'https://w.example');
  });

  for (const urls of [
    'billing=http://billing.example',
    'billing',
    'billing=https://b.example/?x',
    '=https://b',
  ]) {
    it(`refuses "${urls}" as addresses`, () => {
      assert.throws(
        () => load({ ...http, TASK_SERVICE_URLS: urls }),
        /TASK_SERVICE_URLS must be pairs such as billing=https:/,
      );
    });
  }

  it('name every problem at once', () => {
    assert.throws(() => load({ TASK_TARGET: 'http', TASK_ROUTING_VERSION: 'v2' }), {
      name: 'ConfigError',
      message:
        'Bad configuration: WORKER_URL is required; TASK_SERVICE_ACCOUNT is required; TASK_ROUTING_VERSION must be ' +
        'left out where TASK_TARGET is http: Cloud Run splits its traffic itself, got "v2"',
    });
    assert.throws(() => load({ TASK_TARGET: 'cloud-run' }), /TASK_TARGET must be one of app-engine, http/);
  });

  for (const url of [
    'http://worker.example',
    'https://worker.example/path',
    'http://localhost.example',
    'http://127.0.0.1.example',
    'https://user@worker.example',
    'ftp://worker.example',
  ]) {
    it(`refuses ${url} as the worker’s address`, () => {
      assert.throws(() => load({ ...http, WORKER_URL: url }), /WORKER_URL must be an https:\/\/ address/);
    });
  }

  for (const url of ['http://localhost:8080', 'http://worker.localhost:8080', 'http://127.0.0.1:8080']) {
    it(`takes ${url}: no token leaves this machine`, () => {
      assert.equal(load({ ...http, WORKER_URL: url }).WORKER_URL, url);
    });
  }
});
