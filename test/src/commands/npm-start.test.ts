import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { callHttp } from '../support/call-http.ts';
import { EVENT_TIMEOUT_MS, newDataDir, removeDataDir, rootDir } from '../support/flow-stack.ts';
import { descendantsOf, stillRunning } from '../support/process-tree.ts';
import { FREE_PORTS, READY, StartCommand } from '../support/start-command.ts';

/** One front service, the worker, a guard for each, and four emulators. */
const MIN_PROCESSES = 8;

describe('npm start', function () {
  this.timeout(60_000);
  let dataDir: string;
  let commands: StartCommand[];

  beforeEach(() => {
    dataDir = newDataDir();
    commands = [];
  });

  afterEach(async () => {
    for (const command of commands) {
      const left = descendantsOf(command.pid);
      if (command.pid !== 0) await killAll(command, left);
    }
    removeDataDir(dataDir);
  });

  async function killAll(command: StartCommand, left: ReturnType<typeof descendantsOf>): Promise<void> {
    try {
      command.signalGroup('SIGKILL');
    } catch {
      // It has ended, as it should.
    }
    await stillRunning(left, 10_000);
  }

  function start(args: readonly string[], environment: Record<string, string> = {}): StartCommand {
    const command = new StartCommand('main.ts', [...args, '--data-dir', dataDir], environment);
    commands.push(command);
    return command;
  }

  it('tells its flags, and starts nothing', async () => {
    const { code, stdout } = await start(['--help']).end();
    assert.equal(code, 0);
    for (const flag of ['port', 'tasks-port', 'firestore-port', 'smtp-port', 'data-dir', 'fresh']) {
      assert.match(stdout, new RegExp(`^ {2}--${flag} `, 'm'));
    }
  });

  it('names every wrong flag at once', async () => {
    const { code, stderr } = await start(['--port=x', '--prot=1']).end();
    assert.equal(code, 2);
    assert.match(stderr, /--prot is not known/);
    assert.match(stderr, /--port must be a whole number/);
  });

  it('refuses to run on App Engine', async () => {
    const { code, stderr } = await start(FREE_PORTS, { GAE_ENV: 'standard' }).end();
    assert.equal(code, 1);
    assert.match(stderr, /GAE_ENV is set/);
  });

  it('names every taken port with the flag that changes it', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { code, stderr } = await start([...FREE_PORTS, `--firestore-port=${port}`]).end();
    taken.close();
    assert.equal(code, 1);
    assert.equal(
      stderr,
      `Port ${port} (Firestore) is taken by another process: end that one, or choose another port with --firestore-port\n`,
    );
  });

  it('leaves a folder alone that it did not make, also with --fresh', async () => {
    writeFileSync(join(dataDir, 'thesis.txt'), 'years of work');
    const { code, stderr } = await start([...FREE_PORTS, '--fresh']).end();
    assert.equal(code, 1);
    assert.match(stderr, /holds files that the local stack did not put there/);
  });

  it('serves, moves its clock, refuses a second stack on its data, and Ctrl-C leaves no process', async () => {
    const first = start(FREE_PORTS);
    await first.untilPrinted(READY);
    const port = Number(/http:\/\/localhost:(\d+)/.exec(first.stdout)?.[1]);
    assert.equal((await callHttp({ port, path: '/api/products' })).status, 200);

    const clock = new StartCommand('commands/clock-command.ts', ['advance', '1d12h', '--data-dir', dataDir]);
    assert.match((await clock.end()).stdout, /\(1d 12h ahead of the machine's time\)$/m);
    const mail = new StartCommand('commands/mail-command.ts', ['--data-dir', dataDir]);
    assert.equal((await mail.end()).stdout, 'No mail yet\n');

    const second = await start(FREE_PORTS).end();
    assert.equal(second.code, 1);
    assert.match(second.stderr, new RegExp(`Another stack \\(process ${first.pid}\\) uses the folder`));

    const processes = descendantsOf(first.pid);
    assert.ok(processes.length >= MIN_PROCESSES, `only ${processes.length} processes`);
    first.signalGroup('SIGINT');
    const { code, stderr } = await first.end();
    assert.equal(stderr, '');
    assert.equal(code, 0);
    assert.deepEqual(await stillRunning(processes, 0), []);
  });

  it('leaves no process when it is killed, and starts again on the same data and ports', async () => {
    const first = start(FREE_PORTS);
    await first.untilPrinted(READY);
    const processes = descendantsOf(first.pid);
    assert.ok(processes.length >= MIN_PROCESSES, `only ${processes.length} processes`);
    const firestorePort = /Firestore +127\.0\.0\.1:(\d+)/.exec(first.stdout)?.[1];
    process.kill(first.pid, 'SIGKILL');

    // Not after its processes have ended: the next start sees to that.
    const second = start([...FREE_PORTS, `--firestore-port=${firestorePort}`]);
    await second.untilPrinted(READY);
    assert.deepEqual(await stillRunning(processes, 10_000), []);
    await first.end();
    second.signalGroup('SIGTERM');
    assert.equal((await second.end()).code, 0);
  });

  it('leaves no process when only the Node that it was started with is killed', async () => {
    const command = new StartCommand(
      'main.ts',
      [...FREE_PORTS, '--data-dir', dataDir],
      {},
      'by another Node',
    );
    commands.push(command);
    await command.untilPrinted(READY);
    const processes = descendantsOf(command.pid);
    assert.ok(processes.length > MIN_PROCESSES, `only ${processes.length} processes`);
    process.kill(command.pid, 'SIGKILL');
    assert.deepEqual(await stillRunning(processes, EVENT_TIMEOUT_MS), []);
    const { stdout } = await command.end();
    assert.match(stdout, /^Ending/m);
  });

  it('ends while it is still starting', async () => {
    const command = start(FREE_PORTS);
    await untilItHasChildren(command.pid);
    const processes = descendantsOf(command.pid);
    command.signalGroup('SIGINT');
    const { code, stdout } = await command.end();
    assert.equal(code, 0);
    assert.match(stdout, /^Ending/m);
    assert.deepEqual(await stillRunning(processes, 0), []);
  });

  async function untilItHasChildren(pid: number): Promise<void> {
    const deadline = AbortSignal.timeout(10_000);
    while (descendantsOf(pid).length === 0) {
      deadline.throwIfAborted();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
});

describe('npm start -- --inspect', function () {
  this.timeout(60_000);
  const dataDir = newDataDir();
  let command: StartCommand;

  before(async () => {
    command = new StartCommand('main.ts', [...FREE_PORTS, '--inspect', '--data-dir', dataDir], {}, 'by npm');
    await command.untilPrinted(READY);
  });

  after(async () => {
    const left = descendantsOf(command.pid);
    if (left.length > 0) command.signalGroup('SIGKILL');
    await stillRunning(left, 10_000);
    removeDataDir(dataDir);
  });

  it('prints a debugger port per service, each of which answers on loopback', async () => {
    const debuggers = [
      ...command.stdout.matchAll(/ 127\.0\.0\.1:(\d+) +service (\w+) \(chrome:\/\/inspect/g),
    ].map(([, port, service]) => ({ port: Number(port), service }));
    assert.deepEqual(
      debuggers.map(({ service }) => service),
      ['default', 'worker', 'console'],
    );
    for (const { port, service } of debuggers) {
      const version = JSON.parse((await callHttp({ port, path: '/json/version' })).text) as {
        Browser: string;
      };
      assert.match(version.Browser, /^node\.js\/v/);
      const targets = JSON.parse((await callHttp({ port, path: '/json/list' })).text) as { url: string }[];
      const folder = service === 'default' ? 'frontend' : service;
      assert.deepEqual(
        targets.map(({ url }) => url),
        [pathToFileURL(join(rootDir, 'apps', folder ?? '', 'src/main.ts')).href],
      );
    }
  });

  it('leaves no process when npm gets SIGTERM', async () => {
    const processes = descendantsOf(command.pid);
    assert.ok(processes.length > MIN_PROCESSES, `only ${processes.length} processes`);
    process.kill(command.pid, 'SIGTERM');
    assert.deepEqual(await stillRunning(processes, EVENT_TIMEOUT_MS), []);
    const { stdout } = await command.end();
    assert.match(stdout, /^Ending/m);
  });
});
