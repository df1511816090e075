// `npm run test:packages`: the steps of the emulator's Dockerfile without Docker, on this machine's Node.
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const rootDir = join(import.meta.dirname, '../..');

describe('the Dockerfile of cloud-tasks-emulator', function () {
  this.timeout(300_000);
  let image: string;
  let started: ChildProcess | undefined;

  before(() => {
    const build = [join(rootDir, 'scripts/build-packages.ts'), 'emulators/cloud-tasks'];
    execFileSync(process.execPath, build, { cwd: rootDir });
    image = mkdtempSync(join(realpathSync(tmpdir()), 'image-'));
    cpSync(join(rootDir, 'emulators/cloud-tasks/dist'), image, { recursive: true });
  });
  afterEach(() => started?.kill('SIGKILL'));
  after(() => rmSync(image, { recursive: true, force: true }));

  it('makes an emulator that is healthy, and ends on SIGTERM', async () => {
    const dockerfile = readFileSync(join(image, 'Dockerfile'), 'utf8');
    const rest = (instruction: RegExp): string =>
      instruction.exec(dockerfile)?.[1] ?? assert.fail(`${instruction}`);
    const [install = ''] = rest(/^RUN (.*)$/m).split(' && ');
    const [npm = '', ...args] = install.split(' ');
    execFileSync(npm, args, {
      cwd: image,
      env: { ...process.env, NODE_ENV: 'production' },
      timeout: 240_000,
    });

    const [node, ...command] = JSON.parse(rest(/^ENTRYPOINT (.*)$/m)) as string[];
    assert.equal(node, 'node');
    started = spawn(process.execPath, [...command, '--port', '0', '--queue', 'my-queue'], {
      cwd: image,
      env: { CLOUD_TASKS_EMULATOR_HOST: '0.0.0.0', EMULATOR_ALLOW_HOST: 'cloud-tasks' },
    });
    const [line] = await once(createInterface({ input: started.stdout ?? assert.fail() }), 'line');
    const port = /0\.0\.0\.0:(\d+)$/.exec(String(line))?.[1] ?? assert.fail(String(line));

    const [, ...check] = JSON.parse(rest(/^HEALTHCHECK .* CMD (.*)$/m)) as string[];
    execFileSync(process.execPath, check, { env: { CLOUD_TASKS_EMULATOR_PORT: port } });

    started.kill('SIGTERM');
    assert.deepEqual(await once(started, 'exit'), [0, null]);
  });
});
