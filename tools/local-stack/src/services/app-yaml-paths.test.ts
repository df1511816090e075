import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appYamlPaths } from './app-yaml-paths.ts';

describe('appYamlPaths()', () => {
  let stagesDir: string;
  before(() => {
    stagesDir = mkdtempSync(join(tmpdir(), 'stages-'));
    mkdirSync(join(stagesDir, 'worker'));
    writeFileSync(join(stagesDir, 'worker/app.yaml'), '');
  });
  after(() => rmSync(stagesDir, { recursive: true, force: true }));

  it('leads to the sources, or to the stages', () => {
    assert.deepEqual(appYamlPaths(['worker'], { rootDir: '/r', stagesDir: undefined }), {
      worker: '/r/apps/worker/app.yaml',
    });
    assert.deepEqual(appYamlPaths(['worker'], { rootDir: '/r', stagesDir }), {
      worker: join(stagesDir, 'worker/app.yaml'),
    });
  });

  it('names what is not staged, and how it gets staged', () => {
    assert.throws(() => appYamlPaths(['frontend', 'worker', 'console'], { rootDir: '/r', stagesDir }), {
      code: 'NOT_STAGED',
      message: `frontend, console not staged in ${stagesDir}: run npm run stage first`,
    });
  });
});
