import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAppYaml } from '@waybill/google-config';
import { buildScripts } from './build-scripts.ts';

describe('buildScripts()', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'build-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const scriptsOf = (scripts: unknown, more = '') => {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ scripts }));
    return buildScripts(parseAppYaml(join(folder, 'app.yaml'), `runtime: nodejs24\n${more}`));
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
    assert.deepEqual(buildScripts(parseAppYaml(join(folder, 'app.yaml'), 'runtime: nodejs24')), []);
  });
});
