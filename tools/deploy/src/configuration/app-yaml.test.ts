import assert from 'node:assert/strict';
import { changeAppYaml, parseAppYaml } from './app-yaml.ts';

const TEXT = `# why it is here
runtime: nodejs24
entrypoint: node src/main.ts
inbound_services: [warmup]
env_variables:
  # about A
  A: one
`;

describe('parseAppYaml()', () => {
  it('reads what is given, and knows the defaults', () => {
    assert.deepEqual(parseAppYaml('app.yaml', TEXT), {
      file: 'app.yaml',
      service: 'default',
      runtime: 'nodejs24',
      entrypoint: 'node src/main.ts',
      instanceClass: 'F1',
      envVariables: { A: 'one' },
      warmup: true,
    });
  });

  it('names everything that is missing or of the wrong kind', () => {
    assert.throws(() => parseAppYaml('x/app.yaml', 'service: 3\nenv_variables: { A: true }\n'), {
      code: 'DEPLOYMENT_FAILED',
      message:
        'x/app.yaml: the environment variable A must be text: put it in quotes; "service" must be text; "runtime" is missing; "entrypoint" is missing',
    });
  });

  it('refuses what is no mapping, or no YAML', () => {
    assert.throws(() => parseAppYaml('app.yaml', ''), /app\.yaml: must be a mapping/);
    assert.throws(() => parseAppYaml('app.yaml', 'a: [1'), /^DeploymentError: app\.yaml: /);
  });
});

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
    assert.deepEqual(parseAppYaml('app.yaml', changed).envVariables, { A: 'one', B: 'it\'s: "two" #\n' });
  });

  it('adds variables to a file that has none', () => {
    const changed = changeAppYaml('app.yaml', 'runtime: nodejs24\nentrypoint: x\n', {
      envVariables: { A: 'b' },
    });
    assert.deepEqual(parseAppYaml('app.yaml', changed).envVariables, { A: 'b' });
  });
});
