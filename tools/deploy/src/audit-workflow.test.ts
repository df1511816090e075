import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const rootDir = join(import.meta.dirname, '../../..');

describe('.github/workflows/audit.yml', () => {
  it('audits the lock file each week, for what is deployed and for the rest, and changes nothing', () => {
    const workflow = parse(readFileSync(join(rootDir, '.github/workflows/audit.yml'), 'utf8')) as {
      on: { schedule: { cron: string }[] };
      permissions: Record<string, string>;
      jobs: Record<string, { steps: { run?: string }[] }>;
    };
    assert.match(workflow.on.schedule[0]?.cron ?? '', /^\d+ \d+ \* \* [0-6]$/);
    assert.deepEqual(workflow.permissions, { contents: 'read' });
    const commands = Object.values(workflow.jobs).flatMap(({ steps }) =>
      steps.flatMap(({ run }) => run ?? []),
    );
    assert.ok(commands.some((run) => /^npm audit .*--omit=dev/.test(run)));
    assert.ok(commands.some((run) => /^npm audit(?!.*--omit)/.test(run)));
    assert.ok(commands.every((run) => !run.includes('fix') && !run.includes('|| true')));
  });
});
