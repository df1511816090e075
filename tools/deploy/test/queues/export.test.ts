import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
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
    assert.match(out, /^Written: 3 added, 0 changed, 0 removed\.$/m);
    assert.equal(
      project.text.replace(/^#.*\n/gm, ''),
      `queues:
  - name: payments
    rateLimits: { maxDispatchesPerSecond: 0.25, maxConcurrentDispatches: 50 }
    retryConfig: { maxAttempts: -1, maxRetryDuration: 3600s, minBackoff: 0.25s, maxBackoff: 60s, maxDoublings: 6 }
    appEngineRoutingOverride: { service: worker, version: v2 }
    stackdriverLoggingConfig: { samplingRatio: 0.1 }
  - name: plain
  - name: resting
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
  - name: added
    retryConfig: { maxAttempts: 3 }
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
  - name: reports-0
    rateLimits: { maxConcurrentDispatches: 5 }
  - name: reports-1
`,
    );
    await nothingToDo();
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
