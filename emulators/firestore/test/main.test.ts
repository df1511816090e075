import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

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
    for (const flag of ['--host', '--port', '--data-dir', '--help']) assert.ok(stdout.includes(flag), flag);
  });

  it('names all that is wrong at once', async () => {
    const { code, stderr, stdout } = await run('--prot', '1', '--port=eighty', '--data-dir=', 'extra');
    assert.equal(code, 2);
    assert.equal(stdout, '');
    for (const part of ['unknown option --prot', 'got "eighty"', '--data-dir needs a value', '"extra"']) {
      assert.ok(stderr.includes(part), `${part} in ${stderr}`);
    }
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
});
