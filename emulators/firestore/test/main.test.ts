import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { connectRaw } from './support/raw-client.ts';
import { RawTransaction } from './support/raw-transaction.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

describe('the command', () => {
  function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    return new Promise((resolve) => {
      execFile(process.execPath, [MAIN, ...args], (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
      );
    });
  }

  it('explains itself', async () => {
    const { code, stdout } = await run('--help');
    assert.equal(code, 0);
    for (const flag of ['--host', '--port', '--data-dir', '--faults', '--help'])
      assert.ok(stdout.includes(flag), flag);
  });

  it('names all that is wrong at once', async () => {
    const faults = '--faults={"seed":"a","rerunShare":2,"share":1}';
    const { code, stderr, stdout } = await run(
      '--prot',
      '1',
      '--port=eighty',
      '--data-dir=',
      faults,
      'extra',
    );
    assert.equal(code, 2);
    assert.equal(stdout, '');
    for (const part of [
      ...['unknown option --prot', 'got "eighty"', '--data-dir needs a value', '"extra"'],
      ...['seed must be a whole number, got "a"', 'rerunShare must be a number from 0 to 1, got 2'],
      'share is not known; there are seed, rerunShare',
    ]) {
      assert.ok(stderr.includes(part), `${part} in ${stderr}`);
    }
    assert.match((await run('--faults', '{')).stderr, /--faults must be JSON/);
  });

  it('listens, tells its health, and ends on SIGTERM', async () => {
    const child = spawn(process.execPath, [MAIN, '--port', '0'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const address = /^firestore-emulator listening on (127\.0\.0\.1:\d+)$/.exec(line)?.[1];
    const health = await fetch(`http://${address}/emulator/health`);
    assert.deepEqual(await health.json(), { service: 'firestore', status: 'ok' });
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    assert.deepEqual(await exited, [0, null]);
  });

  it('takes its faults from the environment too', async () => {
    const child = spawn(process.execPath, [MAIN, '--port', '0'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, FIRESTORE_EMULATOR_FAULTS: '{"seed":1,"rerunShare":1}' },
    });
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const raw = connectRaw(Number(/\d+$/.exec(line)?.[0]));
    const first = new RawTransaction(raw);
    await first.read('faults/a');
    assert.equal(await first.commit({ 'faults/a': 1 }), 10);
    const retry = new RawTransaction(raw, { retryOf: first });
    assert.deepEqual(await retry.read('faults/a'), { 'faults/a': undefined });
    assert.equal(await retry.commit({ 'faults/a': 1 }), 0);
    raw.close();
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  });
});
