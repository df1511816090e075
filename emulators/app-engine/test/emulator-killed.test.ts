import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { send } from './http-client.ts';
import { makeSmallService, type SmallService } from './small-service.ts';

const main = fileURLToPath(import.meta.resolve('../src/main.ts'));

describe('the command app-engine-emulator', () => {
  const made: SmallService[] = [];
  const processes: ChildProcess[] = [];

  afterEach(() => {
    for (const started of processes.splice(0)) started.kill('SIGKILL');
    for (const service of made.splice(0)) service.remove();
  });

  async function start(
    appYaml: string,
    args: string[] = [],
  ): Promise<{ emulator: ChildProcess; port: number }> {
    const service = makeSmallService(appYaml);
    made.push(service);
    const emulator = spawn(process.execPath, [main, service.appYaml, '--port', '0', ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'] },
    });
    processes.push(emulator);
    const lines = createInterface({ input: emulator.stdout ?? process.stdin });
    for await (const line of lines) {
      const found = /^app-engine-emulator listening on http:\/\/localhost:(\d+)$/.exec(line);
      if (found) return { emulator, port: Number(found[1]) };
    }
    throw new Error('the emulator ended before it listened');
  }

  it('serves, and ends with its services on SIGTERM', async () => {
    const { emulator, port } = await start('', ['--env', 'COLOUR=green', '--project', 'shop']);
    const { pid, env } = (await send(port)).json() as { pid: number; env: Record<string, string> };
    assert.equal(env['COLOUR'], 'green');
    assert.equal(env['GOOGLE_CLOUD_PROJECT'], 'shop');
    emulator.kill('SIGTERM');
    assert.deepEqual(await once(emulator, 'exit'), [0, null]);
    await hasEnded(pid);
  });

  for (const entrypoint of ['node server.mjs', 'true; node server.mjs', 'sh -c "node server.mjs; true"']) {
    it(`leaves no service behind when it is killed (entry point: ${entrypoint})`, async () => {
      const { emulator, port } = await start(`entrypoint: '${entrypoint}'`);
      const { pid } = (await send(port)).json() as { pid: number };
      process.kill(pid, 0);
      emulator.kill('SIGKILL');
      await once(emulator, 'exit');
      await hasEnded(pid);
    });
  }

  it('leaves no service behind that ignores SIGTERM, when it is killed while ending', async () => {
    const service = makeSmallService(
      '',
      `process.on('SIGTERM', () => console.log('ignored'));
      (await import('node:http')).createServer((_, response) => response.end(JSON.stringify({ pid: process.pid }))).listen(process.env.PORT);`,
    );
    made.push(service);
    const emulator = spawn(process.execPath, [main, service.appYaml, '--port', '0'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { PATH: process.env['PATH'] },
    });
    processes.push(emulator);
    let pid = 0;
    for await (const line of createInterface({ input: emulator.stdout })) {
      const found = /listening on http:\/\/localhost:(\d+)$/.exec(line);
      if (found) {
        pid = (await send(Number(found[1]))).json()['pid'] as number;
        emulator.kill('SIGTERM');
      }
      if (line.endsWith('ignored')) break;
    }
    process.kill(pid, 0);
    emulator.kill('SIGKILL');
    await hasEnded(pid);
  });

  it('names what is wrong with its arguments and files', async () => {
    const bad = makeSmallService('colour: green');
    made.push(bad);
    const cases: [string[], RegExp][] = [
      [[], /give at least one app\.yaml/],
      [[bad.appYaml], /app\.yaml:3: unknown key "colour"/],
      [[bad.appYaml, '--port', 'eighty'], /--port must be a whole number from 0 to 65535, got "eighty"/],
      [[bad.appYaml, '--env', 'COLOUR'], /--env must be NAME=VALUE, got "COLOUR"/],
      [['--colour'], /Unknown option '--colour'/],
    ];
    for (const [args, expected] of cases) {
      const emulator = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
      processes.push(emulator);
      let errors = '';
      emulator.stderr.on('data', (bytes) => {
        errors += String(bytes);
      });
      const [code] = await once(emulator, 'close');
      assert.equal(code, 1);
      assert.match(errors, expected);
    }
  });
});

/** Waits until there is no process of this id; fails by the test's own time-out. */
async function hasEnded(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await delay(10);
  }
}
