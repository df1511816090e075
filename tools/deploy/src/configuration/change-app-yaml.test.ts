import assert from 'node:assert/strict';
import { changeAppYaml } from './change-app-yaml.ts';
import { parseDeployableAppYaml } from './read-deployable-app-yaml.ts';

const TEXT = `# why it is here
runtime: nodejs24
entrypoint: node src/main.ts
inbound_services: [warmup]
env_variables:
  # about A
  A: one
`;

describe('changeAppYaml()', () => {
  it('changes the entry point and adds variables, and leaves the rest and its comments', () => {
    const changed = changeAppYaml('app.yaml', TEXT, {
      entrypoint: 'node dist/main.mjs',
      envVariables: { B: 'it\'s: "two" #\n' },
    });
    assert.equal(
      changed.slice(0, changed.indexOf('  B:')),
      TEXT.replace('node src/main.ts', 'node dist/main.mjs'),
    );
    assert.deepEqual(parseDeployableAppYaml('app.yaml', changed).envVariables, {
      A: 'one',
      B: 'it\'s: "two" #\n',
    });
  });

  it('quotes values that gcloud would read as a number, a boolean or a date', () => {
    const envVariables = { A: 'yes', B: '12:30', C: '1_000', D: '2026-01-01', E: 'off', F: '0x1E' };
    const changed = changeAppYaml('app.yaml', 'runtime: nodejs24\nentrypoint: x\n', { envVariables });
    assert.deepEqual(parseDeployableAppYaml('app.yaml', changed).envVariables, envVariables);
  });

  it('adds variables to a file that has none', () => {
    const changed = changeAppYaml('app.yaml', 'runtime: nodejs24\nentrypoint: x\n', {
      envVariables: { A: 'b' },
    });
    assert.deepEqual(parseDeployableAppYaml('app.yaml', changed).envVariables, { A: 'b' });
  });

  it('refuses what is no mapping, or no YAML', () => {
    assert.throws(() => changeAppYaml('app.yaml', '', {}), /app\.yaml: must be a mapping/);
    assert.throws(() => changeAppYaml('app.yaml', 'a: [1', {}), /^DeploymentError: app\.yaml: /);
  });
});
