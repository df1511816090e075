import assert from 'node:assert/strict';
import { loadConfig } from '@waybill/service-kit';
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
    assert.equal(load({ TASK_ROUTING_VERSION: 'v2' }).TASK_ROUTING_VERSION, 'v2');
  });

  it('lead to the worker over HTTP, with tokens for its address', () => {
    assert.deepEqual(taskTargetOf(load(http)), {
      kind: 'http',
      origins: { worker: 'https://worker-abc.run.app' },
      serviceAccount: 'tasks@demo.iam.gserviceaccount.com',
      audience: 'https://worker-abc.run.app',
    });
    const named = taskTargetOf(load({ ...http, TASK_AUDIENCE: 'waybill-worker' }));
    assert.ok(named.kind === 'http' && named.audience === 'waybill-worker');
  });

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
