import assert from 'node:assert/strict';
import { grpc } from 'google-gax';
import { QueueProject, runCommand } from './support/queue-project.ts';

describe('npm run queues, when it cannot do what it is asked', () => {
  let project: QueueProject;

  beforeEach(async () => {
    project = await QueueProject.start();
    project.text = 'queues: [{ name: emails }, { name: payments }]\n';
  });
  afterEach(() => project.close());

  it('names all problems of a file with their lines, before it asks anything of the project', async () => {
    project.text = 'queues:\n  - name: a_b\n  - name: emails\n    retryConfig: { minBackoff: 10 }\n';
    const { code, out, err } = await project.run('apply --yes');
    assert.equal(code, 1);
    assert.equal(out, '');
    assert.match(
      err,
      /cannot be used:\n {2}line 2: queues\[0\]\.name must be .*\n {2}line 4: queues\[1\]\.retryConfig/,
    );
  });

  it('refuses a file without queues: it would stop everything', async () => {
    await project.create('emails');
    project.text = 'queues: []\n';
    const { code, err } = await project.run('apply --yes');
    assert.equal(code, 1);
    assert.match(err, /it must name at least one queue/);
    assert.equal((await project.queue('emails')).state, 'RUNNING');
  });

  it('says which command lines there are', async () => {
    const none = await runCommand([]);
    assert.equal(none.code, 1);
    assert.match(
      none.err,
      /^the command must be one of plan, apply, drift, export, got nothing\n--project .*\n--location /,
    );
    const bad = await runCommand(['plan', '--project', 'a/b', '--location', 'x', '--endpoint', 'here']);
    assert.equal(
      bad.err,
      '--project must be a project\'s id, got "a/b"\n--endpoint must be host:port, such as 127.0.0.1:8123, got "here"\nSee npm run queues -- --help.\n',
    );
    assert.equal(
      (await runCommand(['-1h'])).err,
      "Unknown option '-1'; there are --project, --location, --endpoint, --file, --yes, --help\nSee npm run queues -- --help.\n",
    );
    assert.equal(
      (await runCommand(['plan', '--project', '--location', 'x'])).err,
      "Option '--project' argument is ambiguous.\nDid you forget to specify the option argument for '--project'?\nSee npm run queues -- --help.\n",
    );
    const help = await runCommand(['--help']);
    assert.equal(help.code, 0);
    assert.match(help.out, /Exit codes: 0 nothing to do/);
  });

  it('says what to do about a location that there is not', async () => {
    const endpoint = `127.0.0.1:${project.emulator.port}`;
    const { code, err } = await runCommand([
      ...['plan', '--project', 'demo', '--location', 'mars-east1', '--endpoint', endpoint],
      ...['--file', project.file],
    ]);
    assert.equal(code, 1);
    assert.match(err, /Choose another --location than "mars-east1"/);
  });

  describe('a service that refuses', () => {
    let server: grpc.Server;
    let endpoint: string;
    let calls: string[];
    let listing: Partial<grpc.ServiceError> | undefined;
    let creating: Partial<grpc.ServiceError> | undefined;

    // The emulator knows no permissions: this stands for the gate before the real service, on the wire.
    beforeEach(async () => {
      calls = [];
      listing = undefined;
      creating = {
        code: grpc.status.PERMISSION_DENIED,
        details: 'The principal (user or service account) lacks IAM permission "cloudtasks.queues.create"',
      };
      server = new grpc.Server();
      const method = (name: string) => ({
        path: `/google.cloud.tasks.v2.CloudTasks/${name}`,
        requestStream: false,
        responseStream: false,
        requestDeserialize: (bytes: Buffer) => bytes,
        requestSerialize: (bytes: Buffer) => bytes,
        responseDeserialize: (bytes: Buffer) => bytes,
        responseSerialize: (bytes: Buffer) => bytes,
      });
      server.addService(
        {
          listQueues: method('ListQueues'),
          createQueue: method('CreateQueue'),
          getQueue: method('GetQueue'),
        },
        {
          listQueues: (_call: unknown, done: grpc.sendUnaryData<Buffer>) =>
            listing === undefined ? done(null, Buffer.alloc(0)) : done(listing),
          createQueue: (_call: unknown, done: grpc.sendUnaryData<Buffer>) => {
            calls.push('CreateQueue');
            if (creating === undefined) done(null, Buffer.alloc(0));
            else done(creating);
          },
          getQueue: (_call: unknown, done: grpc.sendUnaryData<Buffer>) =>
            done({ code: grpc.status.NOT_FOUND, details: 'Queue does not exist.' }),
        },
      );
      endpoint = await new Promise<string>((resolve, reject) =>
        server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) =>
          error ? reject(error) : resolve(`127.0.0.1:${port}`),
        ),
      );
    });
    afterEach(() => server.forceShutdown());

    const run = (command: string) =>
      runCommand([
        ...command.split(' '),
        ...[
          '--project',
          'demo',
          '--location',
          'europe-west1',
          '--endpoint',
          endpoint,
          '--file',
          project.file,
        ],
      ]);

    it('names the role that is missing, and does not ask it again for each queue', async () => {
      const { code, out, err } = await run('apply --yes');
      assert.equal(code, 1);
      assert.match(
        out,
        /\[1\/2\] emails: FAILED to create: The principal .*\n.*roles\/cloudtasks\.queueAdmin/,
      );
      assert.match(err, /0 done, 1 failed, 1 not tried \(payments\)/);
      assert.deepEqual(calls, ['CreateQueue']);
    });

    it('does not believe in a queue that is not there after it was made', async () => {
      creating = undefined;
      const { code, out, err } = await run('apply --yes');
      assert.equal(code, 1);
      assert.match(out, /\[1\/2\] emails: FAILED to create: Cloud Tasks took it, but does not have it yet/);
      assert.match(err, /0 done, 2 failed\./);
    });

    it('says how the API is enabled, and what is wrong with the project', async () => {
      listing = {
        code: grpc.status.PERMISSION_DENIED,
        details: 'Cloud Tasks API has not been used in project demo before or it is disabled.',
      };
      const disabled = await run('plan');
      assert.equal(disabled.code, 1);
      assert.match(disabled.err, /gcloud services enable cloudtasks\.googleapis\.com --project=demo/);
      listing = {
        code: grpc.status.PERMISSION_DENIED,
        details: 'Permission denied on resource project demo.',
      };
      assert.match((await run('drift')).err, /Check that the project "demo" exists, and that you have roles/);
      listing = { code: grpc.status.UNAUTHENTICATED, details: 'Request had invalid credentials.' };
      assert.match((await run('plan')).err, /gcloud auth application-default login/);
    });
  });
});
