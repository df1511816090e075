import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { QueueProject } from './support/queue-project.ts';

describe('the command as a process', () => {
  let project: QueueProject;

  beforeEach(async () => {
    project = await QueueProject.start();
    project.text = 'queues: [{ name: emails }]\n';
  });
  afterEach(() => project.close());

  const run = async (command: string): Promise<{ code: number; out: string; err: string }> => {
    const endpoint = `127.0.0.1:${project.emulator.port}`;
    const child = spawn(
      process.execPath,
      [
        join(import.meta.dirname, '../../src/queues/main.ts'),
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
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], timeout: 8_000 },
    );
    const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
    const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { code, out, err };
  };

  it('tells by its exit code how things are, and writes nothing but errors to standard error', async () => {
    const planned = await run('plan');
    assert.equal(planned.code, 2);
    assert.match(planned.out, /\+ emails: create/);
    assert.equal(planned.err, '');
    const asked = await run('apply');
    assert.equal(asked.code, 1);
    assert.match(asked.err, /no terminal to ask at/);
    assert.equal((await run('apply --yes')).code, 0);
    assert.deepEqual(await run('plan'), {
      code: 0,
      out: `Queues of demo in europe-west1, compared with ${project.file}\n\nNothing to do: 1 queue is as the file says.\n`,
      err: '',
    });
  });
});
