import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const rootDir = join(import.meta.dirname, '../../../..');

describe('turbo', () => {
  const stage = async (...more: string[]): Promise<string> => {
    const args = ['run', '--silent', 'stage', '--', '--filter=@waybill/console', ...more];
    return (await promisify(execFile)('npm', args, { cwd: rootDir })).stdout;
  };

  it('does not stage again what has not changed', async () => {
    await stage();
    assert.match(await stage(), /console:stage: cache hit/);
  });

  it('leaves nothing of an earlier stage in the folder, also where the stage comes from its cache', async () => {
    await stage();
    const left = join(rootDir, '.stage/console/dist/chunk-of-an-earlier-stage.mjs');
    writeFileSync(left, '');
    assert.match(await stage(), /console:stage: cache hit/);
    assert.equal(existsSync(left), false);
    assert.ok(existsSync(join(rootDir, '.stage/console/app.yaml')));
  });

  it('stages again where the service, what it imports, or the staging itself has changed', async () => {
    const { tasks } = JSON.parse(await stage('--dry=json')) as {
      tasks: { taskId: string; inputs: Record<string, string>; dependencies: string[]; outputs: string[] }[];
    };
    const task = tasks.find(({ taskId }) => taskId === '@waybill/console#stage');
    assert.ok(task);
    const inputs = Object.keys(task.inputs);
    for (const input of ['app.yaml', 'src/main.ts', '../../tools/deploy/src/staging/stage-service.ts']) {
      assert.ok(inputs.includes(input), input);
    }
    assert.deepEqual(
      inputs.filter((input) => /^(src|test)\/.*\.test\.ts$/.test(input)),
      [],
    );
    // What a package that it imports consists of is part of that package's own hash.
    assert.ok(task.dependencies.includes('@waybill/task-runtime#stage'), task.dependencies.join());
    assert.deepEqual(task.outputs, ['../../.stage/console/**']);
  });
});
