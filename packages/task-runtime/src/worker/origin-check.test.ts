import assert from 'node:assert/strict';
import { createAppEngineOriginCheck } from './origin-check.ts';

const real = { 'x-appengine-queuename': 'letters', 'x-appengine-taskname': 'abc-g0' };

describe('createAppEngineOriginCheck()', () => {
  const check = createAppEngineOriginCheck({ gaeEnv: 'standard', queues: ['letters'] });

  it('lets a delivery of a known queue in, with its headers', async () => {
    const delivery = await check.task({
      ...real,
      'x-appengine-taskretrycount': '2',
      'x-appengine-taskexecutioncount': '1',
      'x-appengine-tasketa': '1666670855.3296249',
      'x-appengine-taskpreviousresponse': '500',
      'x-appengine-taskretryreason': 'App Error',
    });
    assert.deepEqual(delivery, {
      queueName: 'letters',
      taskName: 'abc-g0',
      retryCount: 2,
      isFirst: false,
      executionCount: 1,
      etaMs: 1_666_670_855_330,
      previousResponse: 500,
      retryReason: 'App Error',
    });
  });

  it('lets deliveries of a queue’s shards in, however many it has', async () => {
    for (const shard of ['letters-0', 'letters-7', 'letters-99']) {
      const { queueName } = await check.task({ ...real, 'x-appengine-queuename': shard });
      assert.equal(queueName, shard);
    }
  });

  for (const [name, headers] of [
    ['no task’s name', { 'x-appengine-queuename': 'letters' }],
    ['no queue’s name', { 'x-appengine-taskname': 'abc' }],
    ['an empty task’s name', { ...real, 'x-appengine-taskname': '' }],
    ['a task’s name that is none', { ...real, 'x-appengine-taskname': '../x' }],
    ['an unknown queue', { ...real, 'x-appengine-queuename': 'other' }],
    ['a queue that only begins like one', { ...real, 'x-appengine-queuename': 'letters-x' }],
    ['a shard of a shard', { ...real, 'x-appengine-queuename': 'letters-1-1' }],
    ['Cloud Run’s headers only', { 'x-cloudtasks-queuename': 'letters', 'x-cloudtasks-taskname': 'abc' }],
  ] as const) {
    it(`refuses ${name} with 403`, async () => {
      await assert.rejects(check.task(headers), {
        code: 'NOT_A_TASK_REQUEST',
        status: 403,
        retryable: false,
      });
    });
  }

  for (const gaeEnv of [undefined, '', 'flex', 'localdev']) {
    it(`refuses everything where GAE_ENV is ${JSON.stringify(gaeEnv)}`, async () => {
      const elsewhere = createAppEngineOriginCheck({ gaeEnv, queues: ['letters'] });
      await assert.rejects(elsewhere.task(real), { code: 'NOT_A_TASK_REQUEST', status: 403 });
      await assert.rejects(elsewhere.cron({ 'x-appengine-cron': 'true' }), {
        code: 'NOT_A_CRON_REQUEST',
        status: 403,
      });
    });
  }

  it('lets App Engine’s cron in, and nothing that only looks like it', async () => {
    await check.cron({ 'x-appengine-cron': 'true' });
    for (const headers of [{}, { 'x-appengine-cron': 'false' }, { 'x-cloudscheduler': 'true' }]) {
      await assert.rejects(check.cron(headers), { code: 'NOT_A_CRON_REQUEST', status: 403 });
    }
  });
});
