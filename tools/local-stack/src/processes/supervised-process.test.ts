import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { callLoopback } from '../clients/call-loopback.ts';
import { awaitAbandonedProcesses } from '../data-dir/await-abandoned-processes.ts';
import { ProcessStartError } from './process-run.ts';
import { type ProcessEvent, SupervisedProcess } from './supervised-process.ts';

const script = fileURLToPath(new URL('../../test/fixture-process.ts', import.meta.url));

describe('SupervisedProcess', () => {
  let folder: string;
  let dieFile: string;
  let supervised: SupervisedProcess;
  let events: ProcessEvent[];
  let lines: string[];
  let prepared: number[];
  let mayRestart: boolean;
  let exitCodes: unknown[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'supervised-'));
    dieFile = join(folder, 'die');
    events = [];
    lines = [];
    prepared = [];
    mayRestart = true;
    exitCodes = [];
    supervised = new SupervisedProcess({
      name: 'fixture',
      script,
      args: (port) => ['--port', String(port ?? 0), '--die-at-start', dieFile],
      environment: { PATH: process.env['PATH'] },
      prepare: async (port) => {
        prepared.push(port);
      },
      mayRestart(exitCode) {
        exitCodes.push(exitCode);
        return mayRestart;
      },
      onEvent: (event) => events.push(event),
      onLine: (line) => lines.push(line),
    });
  });

  afterEach(async () => {
    await supervised.stop();
    rmSync(folder, { recursive: true });
  });

  const pidThatAnswers = async (): Promise<number> => {
    const signal = AbortSignal.timeout(30_000);
    return Number((await callLoopback({ port: supervised.port, path: '/', signal })).text);
  };

  it('starts the process and knows its port', async () => {
    await supervised.start();
    assert.equal(await pidThatAnswers(), supervised.pid);
    assert.deepEqual(prepared, [supervised.port]);
    assert.deepEqual(lines, ['fixture: a line of output']);
  });

  it('starts it again on the same port when it was killed', async () => {
    await supervised.start();
    const { port, pid } = supervised;
    await supervised.kill('SIGKILL');
    await supervised.whenReady();
    assert.equal(supervised.port, port);
    assert.notEqual(supervised.pid, pid);
    assert.equal(await pidThatAnswers(), supervised.pid);
    assert.deepEqual(prepared, [port, port]);
    assert.deepEqual(
      events.map(({ state }) => state),
      ['started', 'ready', 'died', 'started', 'ready'],
    );
    assert.equal(events[2]?.detail, 'signal SIGKILL; starting again at once');
  });

  it('goes on trying when a restart fails', async () => {
    await supervised.start();
    writeFileSync(dieFile, '');
    await supervised.kill('SIGKILL');
    await waitFor(() => events.filter(({ state }) => state === 'died').length >= 2);
    rmSync(dieFile);
    await supervised.whenReady();
    assert.equal(await pidThatAnswers(), supervised.pid);
    assert.match(
      events[4]?.detail ?? '',
      /ended before it was ready \(exit code 3\)\n {2}fixture: asked to die/,
    );
  });

  it('leaves it as it is where a restart is refused', async () => {
    await supervised.start();
    mayRestart = false;
    await supervised.kill('SIGKILL');
    await waitFor(() => events.at(-1)?.state === 'died');
    assert.equal(events.at(-1)?.detail, 'signal SIGKILL; not started again');
    assert.deepEqual(exitCodes, [null]);
    assert.equal(supervised.pid, undefined);
  });

  it('rejects with the last output when the first start fails, and leaves it at that', async () => {
    writeFileSync(dieFile, '');
    await assert.rejects(supervised.start(), (error) => {
      assert.ok(error instanceof ProcessStartError);
      assert.equal(error.message, 'fixture ended before it was ready (exit code 3)\n  fixture: asked to die');
      return true;
    });
    assert.deepEqual(
      events.map(({ state }) => state),
      ['started'],
    );
  });

  it('ends it for good', async () => {
    await supervised.start();
    const pid = supervised.pid ?? 0;
    await supervised.stop();
    assert.equal(events.at(-1)?.state, 'stopped');
    assert.equal(events.at(-1)?.detail, 'exit code 0');
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
    await assert.rejects(supervised.start(), ProcessStartError);
  });

  it('does not outlive a parent that is killed', async () => {
    const parent = spawn(
      process.execPath,
      [
        '--input-type=module-typescript',
        '--eval',
        `import { SupervisedProcess } from ${JSON.stringify(new URL('./supervised-process.ts', import.meta.url).href)};
         const supervised = new SupervisedProcess({
           name: 'fixture', script: ${JSON.stringify(script)}, args: () => ['--port', '0'], environment: process.env,
           onEvent: () => {}, onLine: () => {},
         });
         await supervised.start();
         process.stdout.write(supervised.pid + '\\n');`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string];
    const ended = once(parent, 'close');
    parent.kill('SIGKILL');
    await ended;
    await awaitAbandonedProcesses([Number(line)], 5_000);
    assert.throws(() => process.kill(Number(line), 0), { code: 'ESRCH' });
  });

  async function waitFor(condition: () => boolean): Promise<void> {
    const deadline = AbortSignal.timeout(30_000);
    while (!condition()) {
      deadline.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
});
