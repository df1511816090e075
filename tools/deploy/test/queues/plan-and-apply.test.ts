import assert from 'node:assert/strict';
import { QueueProject } from './support/queue-project.ts';

const FILE = `queues:
  - name: payments
    rateLimits: { maxDispatchesPerSecond: 100, maxConcurrentDispatches: 50 }
    retryConfig: { maxAttempts: -1, minBackoff: 0.5s, maxBackoff: 60s, maxDoublings: 6 }
  - name: emails
    rateLimits: { maxConcurrentDispatches: 5 }
    retryConfig: { maxRetryDuration: 86400s }
    appEngineRoutingOverride: { service: worker }
    stackdriverLoggingConfig: { samplingRatio: 0.5 }
  - name: plain
`;
const NOTHING = /Nothing to do: 3 queues are as the file says\./;

describe('npm run queues', () => {
  let project: QueueProject;

  beforeEach(async () => {
    project = await QueueProject.start();
    project.text = FILE;
  });
  afterEach(() => project.close());

  const applied = async (): Promise<void> => {
    const { code, err } = await project.run('apply --yes');
    assert.equal(code, 0, err);
  };
  const lines = (text: string, start: string): string[] =>
    text.split('\n').filter((line) => line.startsWith(start));

  it('plans to create all queues of an empty project, and changes nothing by that', async () => {
    const { code, out } = await project.run('plan');
    assert.equal(code, 2);
    assert.deepEqual(lines(out, '  +'), ['  + payments: create', '  + emails: create', '  + plain: create']);
    assert.match(out, /^ {6}retryConfig\.minBackoff: 0\.5s$/m);
    assert.match(out, /^ {6}all settings: the service's defaults$/m);
    assert.match(out, /^Plan: 3 to create, 0 to update, 0 to pause, 0 unchanged\.$/m);
    const [queues] = await project.client.listQueues({ parent: project.parent });
    assert.deepEqual(queues, []);
  });

  it('applies the plan, a line for each queue; after that there is nothing to do', async () => {
    const { code, out } = await project.run('apply --yes');
    assert.equal(code, 0);
    assert.deepEqual(lines(out, '['), [
      '[1/3] payments: created',
      '[2/3] emails: created',
      '[3/3] plain: created',
    ]);
    assert.match(out, /^Applied: 3 done\.$/m);

    const payments = await project.queue('payments');
    assert.equal(payments.rateLimits?.maxDispatchesPerSecond, 100);
    assert.equal(payments.rateLimits?.maxConcurrentDispatches, 50);
    assert.equal(payments.retryConfig?.maxAttempts, -1);
    assert.deepEqual({ ...payments.retryConfig?.minBackoff }, { seconds: '0', nanos: 500_000_000 });
    assert.equal(payments.retryConfig?.maxDoublings, 6);
    const emails = await project.queue('emails');
    assert.equal(emails.appEngineRoutingOverride?.service, 'worker');
    assert.equal(emails.stackdriverLoggingConfig?.samplingRatio, 0.5);
    assert.equal(emails.retryConfig?.maxRetryDuration?.seconds, '86400');
    assert.equal((await project.queue('plain')).rateLimits?.maxDispatchesPerSecond, 500);

    for (const command of ['plan', 'drift', 'apply']) {
      const again = await project.run(command);
      assert.equal(again.code, 0, command);
      assert.match(again.out, command === 'drift' ? /^No drift: /m : NOTHING);
      assert.doesNotMatch(again.out, /^ {2}[+~-]/m);
    }
  });

  it('shows exactly the change that was made behind its back, and takes back only that', async () => {
    await applied();
    const before = await project.queue('payments');
    await project.client.updateQueue({
      queue: { name: project.path('payments'), rateLimits: { maxConcurrentDispatches: 7 } },
      updateMask: { paths: ['rate_limits.max_concurrent_dispatches'] },
    });

    const plan = await project.run('plan');
    assert.equal(plan.code, 2);
    assert.deepEqual(lines(plan.out, '  '), [
      '  ~ payments: update',
      '      rateLimits.maxConcurrentDispatches: 7 → 50',
    ]);
    const drift = await project.run('drift');
    assert.equal(drift.code, 2);
    assert.deepEqual(lines(drift.out, '  '), [
      '  payments: rateLimits.maxConcurrentDispatches is 7, the file says 50',
    ]);
    assert.match(drift.out, /^Drift: 1 queue is not as .*queues\.yaml says\.$/m);

    const apply = await project.run('apply --yes');
    assert.equal(apply.code, 0);
    assert.deepEqual(lines(apply.out, '['), ['[1/1] payments: updated rateLimits.maxConcurrentDispatches']);
    assert.deepEqual(await project.queue('payments'), before);
    assert.equal((await project.run('plan')).code, 0);
  });

  it('sends only the fields that differ, so that a change made meanwhile in another field stays', async () => {
    await applied();
    project.text = FILE.replace('maxConcurrentDispatches: 50', 'maxConcurrentDispatches: 60');
    const { code, err } = await project.run('apply', {
      // Between the plan and the answer somebody else changes another field of the same queue.
      ask: async () => {
        await project.client.updateQueue({
          queue: { name: project.path('payments'), retryConfig: { maxDoublings: 9 } },
          updateMask: { paths: ['retry_config.max_doublings'] },
        });
        return true;
      },
    });
    const { rateLimits, retryConfig } = await project.queue('payments');
    assert.equal(rateLimits?.maxConcurrentDispatches, 60);
    assert.equal(retryConfig?.maxDoublings, 9);
    assert.equal(code, 1, 'it is not as the file says, and that is told');
    assert.match(err, /0 done, 1 failed/);
  });

  it('brings fields that the file leaves out back to the defaults of the service', async () => {
    await applied();
    project.text = `queues:
  - name: payments
    retryConfig: { maxAttempts: -1 }
  - name: emails
  - name: plain
`;
    const plan = await project.run('plan');
    assert.deepEqual(lines(plan.out, '  '), [
      '  ~ payments: update',
      '      rateLimits.maxDispatchesPerSecond: 100 → 500',
      '      rateLimits.maxConcurrentDispatches: 50 → 1000',
      '      retryConfig.minBackoff: 0.5s → 0.1s',
      '      retryConfig.maxBackoff: 60s → 3600s',
      '      retryConfig.maxDoublings: 6 → 16',
      '  ~ emails: update',
      '      rateLimits.maxConcurrentDispatches: 5 → 1000',
      '      retryConfig.maxRetryDuration: 86400s → no limit',
      '      appEngineRoutingOverride.service: worker → none',
      '      stackdriverLoggingConfig.samplingRatio: 0.5 → 0',
    ]);
    await applied();
    assert.match((await project.run('plan')).out, NOTHING);
    const emails = await project.queue('emails');
    assert.equal(emails.appEngineRoutingOverride, null);
    assert.equal(emails.retryConfig?.maxRetryDuration, null);
  });

  it('never resumes what an operator paused, and says so', async () => {
    await applied();
    await project.client.pauseQueue({ name: project.path('emails') });
    project.text = FILE.replace('maxConcurrentDispatches: 5 }', 'maxConcurrentDispatches: 6 }');
    const plan = await project.run('plan');
    const note =
      '  · emails: paused in the project, and stays so; gcloud tasks queues resume emails --project=demo --location=europe-west1 lets it run';
    assert.deepEqual(lines(plan.out, '  ·'), [note]);
    await applied();
    const emails = await project.queue('emails');
    assert.equal(emails.state, 'PAUSED');
    assert.equal(emails.rateLimits?.maxConcurrentDispatches, 6);
    const after = await project.run('plan');
    assert.equal(after.code, 0, 'a pause is no difference');
    assert.deepEqual(lines(after.out, '  '), [note]);
  });

  it('pauses a queue that the file claims and does not list, keeps its tasks, and leaves it paused when it is back', async () => {
    await applied();
    await project.fill('plain', 2);
    project.text = `${FILE.replace('  - name: plain\n', '')}managed: [plain]\n`;
    const apply = await project.run('apply --yes');
    assert.equal(apply.code, 0);
    assert.deepEqual(lines(apply.out, '  '), [
      '  - plain: pause; it is not in the file, and 2 tasks wait in it',
    ]);
    assert.deepEqual(lines(apply.out, '['), ['[1/1] plain: paused']);
    assert.equal((await project.queue('plain')).state, 'PAUSED');
    const [tasks] = await project.client.listTasks({ parent: project.path('plain') });
    assert.equal(tasks.length, 2);

    const after = await project.run('plan');
    assert.equal(after.code, 0);
    assert.match(
      after.out,
      /^ {2}· plain: not in the file, and stopped, but 2 tasks wait in it; gcloud \S+ \S+ resume/m,
    );
    const [left] = await project.client.listTasks({ parent: project.path('plain') });
    for (const { name } of left) await project.client.deleteTask({ name: name ?? '' });
    assert.match(
      (await project.run('plan')).out,
      /^ {2}· plain: not in the file, and stopped; gcloud tasks queues delete plain --project=demo --location=\S+ removes it$/m,
    );
    project.text = FILE;
    await applied();
    assert.equal((await project.queue('plain')).state, 'PAUSED');
  });

  it("leaves alone what is unmanaged, and App Engine's default queue, unless they are listed", async () => {
    await project.create('default', { rateLimits: { maxConcurrentDispatches: 1 } });
    await project.create('firebase-mails');
    await project.create('somebody');
    project.text = `${FILE}managed: ['*']\nunmanaged: [firebase-*]\n`;
    const { out } = await project.run('apply --yes');
    assert.deepEqual(lines(out, '  -'), [
      '  - somebody: pause; it is not in the file, and no task waits in it',
    ]);
    assert.deepEqual(lines(out, '  ·'), [
      '  · default: not managed here, left alone',
      '  · firebase-mails: not managed here, left alone',
    ]);
    assert.equal((await project.queue('default')).state, 'RUNNING');
    assert.equal((await project.queue('firebase-mails')).state, 'RUNNING');
    assert.equal((await project.queue('somebody')).state, 'PAUSED');

    project.text = `${FILE}  - name: default\nmanaged: ['*']\nunmanaged: [firebase-*]\n`;
    assert.match(
      (await project.run('plan')).out,
      /~ default: update\n {6}rateLimits\.maxConcurrentDispatches: 1 → 1000/,
    );
  });

  it('leaves alone the other queues of a project that was there before', async () => {
    await project.create('reports', { rateLimits: { maxConcurrentDispatches: 1 } });
    await project.create('payments-2');
    await project.create('stopped');
    await project.client.pauseQueue({ name: project.path('stopped') });
    await project.fill('reports', 1);
    const { out } = await project.run('apply --yes');
    assert.deepEqual(
      lines(out, '  ·'),
      ['payments-2', 'reports', 'stopped'].map(
        (name) => `  · ${name}: not ours, left alone (neither listed nor under managed)`,
      ),
    );
    assert.match(out, /^Plan: 3 to create, 0 to update, 0 to pause, 0 unchanged\.$/m);
    for (const name of ['reports', 'payments-2']) assert.equal((await project.queue(name)).state, 'RUNNING');
    for (const command of ['plan', 'drift']) assert.equal((await project.run(command)).code, 0, command);
  });

  it('pauses a queue that the file lists as paused, and does not resume it', async () => {
    await project.create('plain');
    project.text = `queues:
  - { name: plain, state: PAUSED, rateLimits: { maxConcurrentDispatches: 4 } }
  - { name: emails, state: PAUSED }
`;
    assert.deepEqual(lines((await project.run('plan')).out, '  '), [
      '  ~ plain: update',
      '      rateLimits.maxConcurrentDispatches: 1000 → 4',
      '  - plain: pause; the file says state: PAUSED',
      '  + emails: create',
      '      state: PAUSED',
      "      all settings: the service's defaults",
    ]);
    assert.match(
      (await project.run('drift')).out,
      /^ {2}plain: runs in the project, the file says state: PAUSED$/m,
    );
    const { code, out } = await project.run('apply --yes');
    assert.equal(code, 0);
    assert.deepEqual(lines(out, '['), [
      '[1/3] plain: updated rateLimits.maxConcurrentDispatches',
      '[2/3] plain: paused',
      '[3/3] emails: created, paused',
    ]);
    for (const name of ['plain', 'emails']) assert.equal((await project.queue(name)).state, 'PAUSED');
    const after = await project.run('plan');
    assert.equal(after.code, 0);
    assert.deepEqual(lines(after.out, '  '), []);
  });

  it('changes nothing without an answer, and refuses where nobody can be asked', async () => {
    let asked = '';
    const no = await project.run('apply', {
      ask: async (question) => {
        asked = question;
        return false;
      },
    });
    assert.equal(no.code, 2);
    assert.match(no.out, /Nothing was changed\.\n$/);
    assert.match(asked, /Apply this to demo in europe-west1\? \[y\/N\] $/);

    const nobody = await project.run('apply');
    assert.equal(nobody.code, 1);
    assert.match(nobody.err, /no terminal to ask at, and nothing was changed\. Give --yes/);
    const [queues] = await project.client.listQueues({ parent: project.parent });
    assert.deepEqual(queues, []);
  });

  it('tells what was done and what not when a call fails in between, and goes on at the next run', async () => {
    await project.create('emails');
    await project.client.deleteQueue({ name: project.path('emails') });
    const first = await project.run('apply --yes');
    assert.equal(first.code, 1);
    assert.deepEqual(lines(first.out, '['), [
      '[1/3] payments: created',
      '[2/3] emails: FAILED to create: The queue cannot be created because a queue with this name existed too recently.',
      '[3/3] plain: created',
    ]);
    assert.match(first.out, /A queue of this name was deleted in the last days\./);
    assert.match(first.err, /Applied in part: 2 done, 1 failed\. Run it again/);

    const { clock } = project.emulator;
    clock.setOffset(clock.offsetMs + 8 * 24 * 3_600_000);
    const second = await project.run('apply --yes');
    assert.equal(second.code, 0);
    assert.deepEqual(lines(second.out, '['), ['[1/1] emails: created']);
    assert.match((await project.run('plan')).out, NOTHING);
  });

  it('finishes the queue at hand when it is told to stop, and tells what is left', async () => {
    const stopping = new AbortController();
    const { code, out, err } = await project.run('apply --yes', {
      stopping: stopping.signal,
      write: (text) => {
        if (text.startsWith('[1/3]')) stopping.abort();
      },
    });
    assert.equal(code, 1);
    assert.deepEqual(lines(out, '['), ['[1/3] payments: created']);
    assert.match(err, /1 done, 0 failed, 2 not tried \(emails, plain\)/);
    const [queues] = await project.client.listQueues({ parent: project.parent });
    assert.equal(queues.length, 1);
  });

  it('reads all pages of a long list', async () => {
    project.text = `${FILE}managed: [stray-*]\n`;
    await applied();
    for (let index = 0; index < 4; index += 1) await project.create(`stray-${index}`);
    await project.fill('stray-3', 3);
    const { out } = await project.run('plan', { pageSize: 2 });
    assert.deepEqual(lines(out, '  -'), [
      ...[0, 1, 2].map(
        (index) => `  - stray-${index}: pause; it is not in the file, and no task waits in it`,
      ),
      '  - stray-3: pause; it is not in the file, and more than 2 tasks wait in it',
    ]);
    assert.match(out, /, 3 unchanged\.$/m);
  });

  describe('with shards', () => {
    const SHARDED = `queues:
  - name: mails
    shards: 3
    rateLimits: { maxDispatchesPerSecond: 900, maxConcurrentDispatches: 30 }
`;

    it('makes a queue of each, with its part of the rates', async () => {
      project.text = SHARDED;
      await applied();
      for (const name of ['mails-0', 'mails-1', 'mails-2']) {
        const { rateLimits } = await project.queue(name);
        assert.equal(rateLimits?.maxDispatchesPerSecond, 300);
        assert.equal(rateLimits?.maxConcurrentDispatches, 10);
      }
      assert.equal((await project.run('plan')).code, 0);
    });

    it('lets former shards run until they are empty, and pauses them then', async () => {
      project.text = SHARDED;
      await applied();
      await project.fill('mails-2', 1);
      project.text = SHARDED.replace('shards: 3', 'shards: 2');
      const { code, out } = await project.run('apply --yes');
      assert.equal(code, 0);
      assert.deepEqual(lines(out, '  ·'), [
        "  · mails-2: not used by the file's queues any more; runs on until it is empty (1 task waits in it)",
      ]);
      assert.equal((await project.queue('mails-2')).state, 'RUNNING');
      assert.equal((await project.run('plan')).code, 0);

      const [tasks] = await project.client.listTasks({ parent: project.path('mails-2') });
      for (const { name } of tasks) await project.client.deleteTask({ name: name ?? '' });
      const after = await project.run('plan');
      assert.equal(after.code, 2);
      assert.deepEqual(lines(after.out, '  -'), [
        '  - mails-2: pause; it is not in the file, and no task waits in it',
      ]);
    });
  });
});
