import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readQueue } from '../../src/queues/cloud-queues.ts';
import { exportQueues } from '../../src/queues/export-queues.ts';
import { QueueProject } from './support/queue-project.ts';

describe('npm run queues -- export', () => {
  let project: QueueProject;

  beforeEach(async () => {
    project = await QueueProject.start();
  });
  afterEach(() => project.close());

  const nothingToDo = async (): Promise<void> => {
    const { code, out } = await project.run('plan');
    assert.equal(code, 0, out);
  };

  it('writes a project into a new file, without what is the default; then there is nothing to do', async () => {
    await project.create('payments', {
      rateLimits: { maxDispatchesPerSecond: 0.25, maxConcurrentDispatches: 50 },
      retryConfig: {
        maxAttempts: -1,
        maxRetryDuration: { seconds: 3_600 },
        minBackoff: { nanos: 250_000_000 },
        maxBackoff: { seconds: 60 },
        maxDoublings: 6,
      },
      appEngineRoutingOverride: { service: 'worker', version: 'v2' },
      stackdriverLoggingConfig: { samplingRatio: 0.1 },
    });
    await project.create('plain');
    await project.create('default');
    await project.create('resting');
    await project.client.pauseQueue({ name: project.path('resting') });

    const { code, out } = await project.run('export');
    assert.equal(code, 0);
    assert.match(out, /· default: left out/);
    assert.match(out, /\+ resting: paused in the project, written as state: PAUSED/);
    assert.match(out, /^Written: 3 added, 0 changed, 0 removed\.$/m);
    assert.equal(
      project.text.replace(/^#.*\n/gm, ''),
      `queues:
  - { name: payments, rateLimits: { maxDispatchesPerSecond: 0.25, maxConcurrentDispatches: 50 }, retryConfig: { maxAttempts: -1, maxRetryDuration: 3600s, minBackoff: 0.25s, maxBackoff: 60s, maxDoublings: 6 }, appEngineRoutingOverride: { service: worker, version: v2 }, stackdriverLoggingConfig: { samplingRatio: 0.1 } }
  - { name: plain }
  - { name: resting, state: PAUSED }
`,
    );
    await nothingToDo();
    const again = await project.run('export');
    assert.equal(again.code, 0);
    assert.match(again.out, /Nothing to do: the file says so already\./);
  });

  it('keeps the order, the comments and the spelling of a file, and changes only what is other', async () => {
    project.text = `# All queues.
queues:
  - name: zebra # first on purpose
    rateLimits: { maxDispatchesPerSecond: 5.0 } # slow
    retryConfig:
      minBackoff: 10.0s # the provider asked for it
      maxDoublings: 3
  # Mails.
  - name: emails
    rateLimits: { maxConcurrentDispatches: 5 }
  - name: gone
`;
    await project.create('emails', { rateLimits: { maxConcurrentDispatches: 1_000 } });
    await project.create('added', { retryConfig: { maxAttempts: 3 } });
    await project.create('zebra', {
      rateLimits: { maxDispatchesPerSecond: 5, maxConcurrentDispatches: 9 },
      retryConfig: { minBackoff: { seconds: 10 }, maxDoublings: 4 },
    });
    const { code, out } = await project.run('export --yes');
    assert.equal(code, 0);
    assert.match(out, / {2}\+ added\n {2}~ zebra\n {2}~ emails\n {2}- gone/);
    assert.equal(
      project.text,
      `# All queues.
queues:
  - name: zebra # first on purpose
    rateLimits: { maxDispatchesPerSecond: 5.0, maxConcurrentDispatches: 9 } # slow
    retryConfig:
      minBackoff: 10s # the provider asked for it
      maxDoublings: 4
  # Mails.
  - name: emails
  - { name: added, retryConfig: { maxAttempts: 3 } }
`,
    );
    await nothingToDo();
  });

  it('keeps shards that are alike as one queue, and writes others one by one', async () => {
    project.text = `queues:
  - { name: mails, shards: 2, rateLimits: { maxConcurrentDispatches: 10 } } # many
  - { name: reports, shards: 2 }
`;
    for (const name of ['mails-0', 'mails-1']) {
      await project.create(name, { rateLimits: { maxDispatchesPerSecond: 450, maxConcurrentDispatches: 5 } });
    }
    await project.create('reports-0', { rateLimits: { maxConcurrentDispatches: 5 } });
    await project.create('reports-1');
    assert.equal((await project.run('export --yes')).code, 0);
    assert.equal(
      project.text,
      `queues:
  - { name: mails, shards: 2, rateLimits: { maxConcurrentDispatches: 10, maxDispatchesPerSecond: 900 } } # many
  - { name: reports-0, rateLimits: { maxConcurrentDispatches: 5 } }
  - { name: reports-1 }
`,
    );
    await nothingToDo();
  });

  it('writes the state of a queue: paused, disabled, or running again', async () => {
    project.text = `queues:
  - name: emails # slow
    rateLimits: { maxConcurrentDispatches: 5 }
  - { name: reports, state: PAUSED }
  - { name: mails, shards: 2 }
  - { name: letters, shards: 2, state: PAUSED }
managed: [old-*]
`;
    for (const name of ['emails', 'reports', 'mails-0', 'mails-1', 'letters-0', 'letters-1']) {
      await project.create(name, name === 'emails' ? { rateLimits: { maxConcurrentDispatches: 5 } } : {});
    }
    for (const name of ['resting', 'old-mails']) await project.create(name);
    for (const name of ['emails', 'mails-1', 'letters-0', 'letters-1', 'resting', 'old-mails']) {
      await project.client.pauseQueue({ name: project.path(name) });
    }
    const { code, out } = await project.run('export --yes');
    assert.equal(code, 0);
    assert.match(out, /^ {2}· old-mails: left out .*out of use/m);
    assert.equal(
      project.text,
      `queues:
  - name: emails # slow
    rateLimits: { maxConcurrentDispatches: 5 }
    state: PAUSED
  - { name: reports }
  - { name: letters, shards: 2, state: PAUSED }
  - { name: mails-0 }
  - { name: mails-1, state: PAUSED }
  - { name: resting, state: PAUSED }
managed: [ old-* ]
`,
    );
    await nothingToDo();
  });

  it('writes a disabled queue as paused, and backoffs to the nanosecond', () => {
    const disabled = readQueue({
      name: project.path('mails'),
      state: 'DISABLED',
      retryConfig: {
        minBackoff: { seconds: 1, nanos: 234_567_891 },
        maxBackoff: { seconds: 3_600, nanos: 1 },
      },
    });
    const { text } = exportQueues('queues: []\n', 'queues.yaml', [disabled]);
    assert.equal(
      text,
      `queues:
  - { name: mails, state: PAUSED, retryConfig: { minBackoff: 1.234567891s, maxBackoff: 3600.000000001s } }
`,
    );
  });

  it('writes over a file only when it is told to, and not at all if it cannot keep it', async () => {
    await project.create('emails');
    project.text = 'queues: [{ name: other }]\n';
    const nobody = await project.run('export');
    assert.equal(nobody.code, 1);
    const no = await project.run('export', { ask: async () => false });
    assert.equal(no.code, 2);
    assert.equal(project.text, 'queues: [{ name: other }]\n');

    project.text =
      'queues:\n  - { name: emails, retryConfig: &a { maxDoublings: 3 } }\n  - { name: b, retryConfig: *a }\n';
    const anchored = await project.run('export --yes');
    assert.equal(anchored.code, 1);
    assert.match(anchored.err, /has YAML anchors/);

    project.text = 'queues: [{ name: emails, speed: 5 }]\n';
    const bad = await project.run('export --yes');
    assert.equal(bad.code, 1);
    assert.match(bad.err, /line 1: queues\[0\]\.speed is not known/);
    assert.equal(existsSync(`${project.file}.new`), false);
  });
});
