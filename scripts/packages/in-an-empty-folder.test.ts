// `npm run test:packages`: the path of a stranger, with the network: pack, install into an empty folder, run.
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

const rootDir = join(import.meta.dirname, '../..');
const workDir = mkdtempSync(join(realpathSync(tmpdir()), 'packages-'));

interface Consumer {
  readonly name: string;
  /** Packages that the consumer installs beside the emulator. */
  readonly packages: readonly string[];
  readonly program: string;
  readonly nodeArgs: readonly string[];
  readonly types: string;
}

const CLOUD_TASKS: Consumer = {
  name: 'cloud-tasks-emulator',
  packages: ['@google-cloud/tasks@7.1.0'],
  nodeArgs: ['--import', '@waybill/cloud-tasks-emulator/register'],
  program: `import { CloudTasksClient } from '@google-cloud/tasks';
const client = new CloudTasksClient();
const [queues] = await client.listQueues({ parent: 'projects/local/locations/us-central1' });
console.log(queues.map(({ name }) => name.split('/').at(-1)).join());
await client.close();`,
  types: `import { startCloudTasksEmulator, type CloudTasksEmulator } from '@waybill/cloud-tasks-emulator';
const emulator: CloudTasksEmulator = await startCloudTasksEmulator();
const status: number | undefined = emulator.attempts({ limit: 1 })[0]?.response?.status;
emulator.clock.advance(status ?? 0);
await emulator.close();`,
};

const FIRESTORE: Consumer = {
  name: 'firestore-emulator',
  packages: ['@google-cloud/firestore@9.4.1'],
  nodeArgs: [],
  program: `import { Firestore } from '@google-cloud/firestore';
const firestore = new Firestore({ projectId: 'demo' });
await firestore.doc('a/q').set({ n: 1 });
const url = 'http://' + process.env.FIRESTORE_EMULATOR_HOST;
const documents = '/v1/projects/demo/databases/(default)/documents';
const overRest = await (await fetch(url + documents + '/a/q')).json();
if (overRest.fields.n.integerValue !== '1') throw new Error(JSON.stringify(overRest));
if ((await (await fetch(url)).text()) !== 'Ok\\n') throw new Error('GET / is not Ok');
const dump = await (await fetch(url + '/emulator/dump')).json();
if (dump['projects/demo/databases/(default)']['a/q'].n.integerValue !== '1') throw new Error('dump');
const refused = await firestore.collection('a').where('n', '==', 1).orderBy('m').get().catch(({ code }) => code);
if (refused !== 9) throw new Error('A query without its index is answered');
console.log((await firestore.collection('a').get()).docs.map(({ id }) => id).join());
const cleared = await fetch(url + '/emulator' + documents, { method: 'DELETE' });
if (!cleared.ok || (await firestore.doc('a/q').get()).exists) throw new Error('not cleared');
await firestore.terminate();`,
  types: `import { startFirestoreEmulator, type Usage } from '@waybill/firestore-emulator';
import environment from '@waybill/firestore-emulator/vitest';
import { useFirestoreEmulator } from '@waybill/firestore-emulator/mocha';
const emulator = await startFirestoreEmulator();
const usage: Usage = emulator.usage();
console.log(usage.documentReads, environment.name, useFirestoreEmulator.length);
await emulator.close();`,
};

function run(
  command: string,
  args: readonly string[],
  cwd: string,
  path = process.env['PATH'] ?? '',
): string {
  const env = { ...process.env, PATH: path };
  return execFileSync(command, args, { cwd, encoding: 'utf8', env, timeout: 240_000 });
}

/** Asks for /a under a Host, which may be one that no resolver on this machine knows. */
async function getText(port: number, host: string): Promise<string> {
  const sent = request({ port, host: '127.0.0.1', path: '/a', headers: { Host: host }, agent: false }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return text(response);
}

function emptyFolder(name: string): string {
  const folder = join(workDir, name);
  mkdirSync(folder);
  return folder;
}

describe('packages in an empty folder', function () {
  this.timeout(300_000);
  let started: ChildProcess | undefined;

  before(() => {
    run(process.execPath, [join(rootDir, 'scripts/build-packages.ts')], rootDir);
    const folder = emptyFolder('node-22');
    run('npm', ['install', '--no-audit', '--no-fund', 'node@22'], folder);
  });
  afterEach(() => started?.kill('SIGKILL'));
  after(() => rmSync(workDir, { recursive: true, force: true }));

  for (const node of [22, 24]) {
    for (const consumer of [CLOUD_TASKS, FIRESTORE]) {
      it(`runs ${consumer.name} on Node ${node}`, async () => {
        const nodeDir =
          node === 22 ? join(workDir, 'node-22/node_modules/node/bin') : dirname(process.execPath);
        const path = [nodeDir, process.env['PATH']].join(delimiter);
        assert.match(run('node', ['--version'], workDir, path), new RegExp(`^v${node}\\.`));
        const folder = emptyFolder(`${consumer.name}-${node}`);
        const tarball = readdirSync(join(rootDir, '.packages')).find((file) => file.includes(consumer.name));
        const quiet = ['--no-audit', '--no-fund', '--ignore-scripts'];
        run('npm', ['install', ...quiet, join(rootDir, '.packages', tarball ?? 'none')], folder, path);
        assert.match(run('npx', [consumer.name, '--version'], folder, path), /^\d+\.\d+\.\d+\n$/);
        assert.match(run('npx', [consumer.name, '--help'], folder, path), /--data-dir/);

        writeFileSync(join(folder, 'queues.yaml'), 'queues:\n- name: q\n');
        writeFileSync(join(folder, 'firestore.indexes.json'), '{"indexes": [], "fieldOverrides": []}');
        const args =
          consumer === CLOUD_TASKS ? ['--queues', 'queues.yaml'] : ['--indexes', 'firestore.indexes.json'];
        const command = join(folder, 'node_modules/.bin', consumer.name);
        started = spawn(command, ['--port', '0', ...args], {
          cwd: folder,
          env: { ...process.env, PATH: path },
        });
        const errors: string[] = [];
        started.stderr?.on('data', (chunk) => errors.push(String(chunk)));
        const [line] = await once(createInterface({ input: started.stdout ?? assert.fail() }), 'line');
        const address = String(line).split(' ').at(-1) ?? '';

        run(
          'npm',
          ['install', ...quiet, '--save-dev', ...consumer.packages, 'typescript', '@types/node'],
          folder,
          path,
        );
        writeFileSync(join(folder, 'program.mjs'), consumer.program);
        const output = execFileSync('node', [...consumer.nodeArgs, 'program.mjs'], {
          cwd: folder,
          encoding: 'utf8',
          env: {
            ...process.env,
            PATH: path,
            CLOUD_TASKS_EMULATOR_HOST: address,
            FIRESTORE_EMULATOR_HOST: address,
            GOOGLE_CLOUD_PROJECT: 'local',
          },
        });
        assert.equal(output, 'q\n');

        writeFileSync(join(folder, 'types.mts'), consumer.types);
        const strict = ['--strict', '--exactOptionalPropertyTypes', '--noEmit', '--types', 'node'];
        const target = ['--module', 'nodenext', '--target', 'es2024', '--lib', 'es2024,esnext.disposable'];
        run('npx', ['tsc', ...strict, ...target, 'types.mts'], folder, path);

        started.kill('SIGTERM');
        const [code] = await once(started, 'exit');
        assert.equal(code, 0);
        if (consumer === FIRESTORE)
          assert.match(errors.join(''), /^.*A query requires an index\. Add to "indexes".*\n$/);
        else assert.equal(errors.join(''), '');
      });
    }
  }

  for (const node of [22, 24]) {
    it(`runs app-engine-emulator on Node ${node}`, async () => {
      const nodeDir =
        node === 22 ? join(workDir, 'node-22/node_modules/node/bin') : dirname(process.execPath);
      const path = [nodeDir, process.env['PATH']].join(delimiter);
      const folder = emptyFolder(`app-engine-emulator-${node}`);
      const tarball = readdirSync(join(rootDir, '.packages')).find((file) => file.includes('app-engine'));
      const quiet = ['--no-audit', '--no-fund', '--ignore-scripts'];
      run('npm', ['install', ...quiet, join(rootDir, '.packages', tarball ?? 'none')], folder, path);
      assert.match(run('npx', ['app-engine-emulator', '--help'], folder, path), /--dispatch/);

      mkdirSync(join(folder, 'worker'));
      const server = `require('node:http').createServer((request, response) =>
        response.end([process.env.GAE_SERVICE, process.versions.node, request.url].join(' '))).listen(process.env.PORT);`;
      for (const service of ['', 'worker']) {
        writeFileSync(join(folder, service, 'server.js'), server);
        writeFileSync(
          join(folder, service, 'app.yaml'),
          `runtime: nodejs${node}\nservice: ${service || 'default'}\nentrypoint: node server.js\n`,
        );
      }
      const files = ['app.yaml', 'worker/app.yaml'];
      started = spawn(join(folder, 'node_modules/.bin/app-engine-emulator'), ['--port', '0', ...files], {
        cwd: folder,
        env: { ...process.env, PATH: path },
      });
      const errors: string[] = [];
      started.stderr?.on('data', (chunk) => errors.push(String(chunk)));
      const [line] = await once(createInterface({ input: started.stdout ?? assert.fail() }), 'line');
      const address = new URL(String(line).split(' ').at(-1) ?? '');
      for (const [host, service] of [
        ['localhost', 'default'],
        ['worker.localhost', 'worker'],
      ] as const) {
        const answer = await getText(Number(address.port), host);
        assert.match(answer, new RegExp(`^${service} ${node}\\.[\\d.]+ /a$`));
      }

      writeFileSync(
        join(folder, 'types.mts'),
        `import { type AppEngineEmulator, startAppEngineEmulator } from '@waybill/app-engine-emulator';
const start: (...options: Parameters<typeof startAppEngineEmulator>) => Promise<AppEngineEmulator> = startAppEngineEmulator;
console.log(start);`,
      );
      run('npm', ['install', ...quiet, '--save-dev', 'typescript', '@types/node'], folder, path);
      const strict = ['--strict', '--exactOptionalPropertyTypes', '--noEmit', '--types', 'node'];
      const target = ['--module', 'nodenext', '--target', 'es2024', '--lib', 'es2024,esnext.disposable'];
      run('npx', ['tsc', ...strict, ...target, 'types.mts'], folder, path);

      started.kill('SIGTERM');
      const [code] = await once(started, 'exit');
      assert.equal(code, 0);
      // The steps of the instances, and nothing else.
      assert.doesNotMatch(errors.join(''), /warning|error/i);
    });
  }
});
