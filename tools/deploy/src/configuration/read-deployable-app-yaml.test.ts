import assert from 'node:assert/strict';
import { parseDeployableAppYaml } from './read-deployable-app-yaml.ts';

const TEXT = `# why it is here
runtime: nodejs24
entrypoint: node src/main.ts
inbound_services: [warmup]
env_variables:
  # about A
  A: one
`;

describe('parseDeployableAppYaml()', () => {
  it('reads what is given, and knows the defaults', () => {
    assert.deepEqual(parseDeployableAppYaml('app.yaml', TEXT), {
      file: 'app.yaml',
      service: 'default',
      runtime: 'nodejs24',
      entrypoint: 'node src/main.ts',
      instanceClass: 'F1',
      envVariables: { A: 'one' },
      scaling: {
        kind: 'automatic',
        minInstances: 0,
        maxInstances: undefined,
        minIdleInstances: 0,
        maxConcurrentRequests: 10,
        targetThroughputUtilization: 0.6,
      },
      handlers: [],
      errorHandlers: [],
      defaultExpirationSeconds: undefined,
      buildEnvVariables: {},
      warmup: true,
    });
  });

  it('refuses includes, which no stage holds', () => {
    assert.throws(() => parseDeployableAppYaml('x/app.yaml', `${TEXT}includes: []\n`), {
      code: 'DEPLOYMENT_FAILED',
      message: /x\/app\.yaml:8: "includes" is not staged: write their settings into this file/,
    });
  });

  it('names everything that is missing or of the wrong kind', () => {
    assert.throws(() => parseDeployableAppYaml('x/app.yaml', 'service: 3\nenv_variables: { A: true }\n'), {
      code: 'DEPLOYMENT_FAILED',
      message: [
        'x/app.yaml:1: "runtime" is missing; for example runtime: nodejs24',
        'x/app.yaml:1: "service" must be text',
        'x/app.yaml:1: "entrypoint" is missing',
        'x/app.yaml:2: the environment variable A must be text: put it in quotes',
      ].join('\n'),
    });
  });

  it('refuses what is no mapping, or no YAML', () => {
    assert.throws(() => parseDeployableAppYaml('app.yaml', ''), /app\.yaml:1: the file is empty/);
    assert.throws(
      () => parseDeployableAppYaml('app.yaml', '- a'),
      /app\.yaml:1: app\.yaml must be a mapping/,
    );
    assert.throws(() => parseDeployableAppYaml('app.yaml', 'a: [1'), /^DeploymentError: app\.yaml:1: /);
  });
});
