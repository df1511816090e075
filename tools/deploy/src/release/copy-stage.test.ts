import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

describe('copyStage()', () => {
  it('leaves no copy behind where the process ends before its time', () => {
    const folder = mkdtempSync(join(tmpdir(), 'stage-copy-'));
    try {
      const [stage, temporary] = [join(folder, 'stage'), join(folder, 'tmp')];
      for (const path of [stage, temporary]) mkdirSync(path);
      writeFileSync(join(stage, 'app.yaml'), 'runtime: nodejs24\n');
      const program = `
        import { existsSync } from 'node:fs';
        import { copyStage } from ${JSON.stringify(join(import.meta.dirname, 'copy-stage.ts'))};
        const { appYaml } = copyStage(${JSON.stringify(stage)}, { SECRET: 'value' });
        process.stdout.write(String(existsSync(appYaml)));
        process.exit(0);`;
      const made = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
        env: { ...process.env, TMPDIR: temporary },
        encoding: 'utf8',
      });
      assert.equal(made, 'true');
      assert.deepEqual(
        readdirSync(temporary).filter((name) => name !== 'node-compile-cache'),
        [],
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
