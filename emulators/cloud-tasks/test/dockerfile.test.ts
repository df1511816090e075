import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCommandLine } from '../src/command-line.ts';
import { startTestEmulator } from './support/emulator.ts';

const packageDir = join(import.meta.dirname, '..');
const rootDir = join(packageDir, '../..');
const read = (file: string): string => readFileSync(file, 'utf8');

describe('Dockerfile', () => {
  const dockerfile = read(join(packageDir, 'Dockerfile'));
  /** The rest of each line that begins with an instruction. */
  const instructions = (name: string): string[] =>
    [...dockerfile.matchAll(new RegExp(`^${name} (.*)$`, 'gm'))].map(([, rest]) => rest ?? '');

  it('is based on the image that services run in', () => {
    const [base] = instructions('FROM');
    assert.match(base ?? '', /^node:\d+\.\d+\.\d+-slim@sha256:[0-9a-f]{64}$/);
    assert.match(read(join(rootDir, 'tools/deploy/Dockerfile')), new RegExp(`^FROM ${base}$`, 'm'));
  });

  it('starts the command of the package', () => {
    const { bin } = JSON.parse(read(join(packageDir, 'package.json'))) as { bin: Record<string, string> };
    const file = bin['cloud-tasks-emulator']?.replace(/^\.\/src\/(.*)\.ts$/, '$1.js');
    assert.deepEqual(instructions('ENTRYPOINT'), [`["node", "${file}"]`]);
  });

  it('copies the whole package, and does not run as root', () => {
    assert.deepEqual(instructions('COPY'), ['. .']);
    assert.deepEqual(instructions('USER'), ['node']);
  });

  it('listens on all addresses, at the port that it exposes', () => {
    const env = Object.fromEntries(instructions('ENV').map((line) => line.split('=')));
    const command = readCommandLine([], env);
    const options = command.help ? undefined : command.options;
    assert.deepEqual([options?.host, String(options?.port)], ['0.0.0.0', instructions('EXPOSE')[0]]);
  });

  it('checks the health by a route of the emulator', async () => {
    const words = JSON.parse(instructions('HEALTHCHECK')[0]?.replace(/^.* CMD /, '') ?? '[]') as string[];
    const test = await startTestEmulator();
    try {
      const exitCode = async (port: number): Promise<number | null> => {
        const env = { CLOUD_TASKS_EMULATOR_PORT: String(port) };
        const child = spawn(process.execPath, words.slice(1), { env });
        return new Promise((resolve) => child.once('exit', resolve));
      };
      assert.equal(await exitCode(test.emulator.port), 0);
      assert.equal(await exitCode(9), 1);
    } finally {
      await test.close();
    }
  });
});
