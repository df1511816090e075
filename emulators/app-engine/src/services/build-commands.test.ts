import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAppYaml } from '@waybill/google-config';
import { buildCommands } from './build-commands.ts';

describe('buildCommands()', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'build-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const scriptsOf = (scripts: unknown, more = '') => {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ scripts }));
    const appYaml = parseAppYaml(join(folder, 'app.yaml'), `runtime: nodejs24\n${more}`);
    return buildCommands(appYaml, { install: false }).map((command) => command.replace('npm run ', ''));
  };

  it('takes gcp-build, or build where there is none', () => {
    assert.deepEqual(scriptsOf({ build: 'tsc', 'gcp-build': 'tsc -p .' }), ['gcp-build']);
    assert.deepEqual(scriptsOf({ build: 'tsc', start: 'node .' }), ['build']);
    assert.deepEqual(scriptsOf(undefined), []);
  });

  it('takes none where the script or the variable is empty', () => {
    assert.deepEqual(scriptsOf({ build: 'tsc', 'gcp-build': '' }), []);
    const off = "build_env_variables: {GOOGLE_NODE_RUN_SCRIPTS: ''}";
    assert.deepEqual(scriptsOf({ build: 'tsc' }, off), []);
  });

  it('takes those of GOOGLE_NODE_RUN_SCRIPTS', () => {
    const named = 'build_env_variables: {GOOGLE_NODE_RUN_SCRIPTS: "lint, build"}';
    assert.deepEqual(scriptsOf({ 'gcp-build': 'tsc' }, named), ['lint', 'build']);
  });

  it('takes none without a package.json', () => {
    const appYaml = parseAppYaml(join(folder, 'app.yaml'), 'runtime: nodejs24');
    for (const install of [false, true]) assert.deepEqual(buildCommands(appYaml, { install }), []);
  });

  it('installs first where it is asked to, with the packages of development for a script alone', () => {
    const appYaml = parseAppYaml(join(folder, 'app.yaml'), 'runtime: nodejs24');
    writeFileSync(join(folder, 'package.json'), '{}');
    assert.deepEqual(buildCommands(appYaml, { install: true }), [
      'npm install --omit=dev --no-audit --no-fund',
    ]);
    writeFileSync(join(folder, 'package-lock.json'), '{}');
    writeFileSync(join(folder, 'package.json'), '{"scripts":{"gcp-build":"tsc"}}');
    assert.deepEqual(buildCommands(appYaml, { install: true }), [
      'npm ci --include=dev --no-audit --no-fund',
      'npm run gcp-build',
    ]);
  });
});
