import assert from 'node:assert/strict';
import { parseAppYaml } from './app-yaml.ts';

describe('parseAppYaml()', () => {
  it("fills in App Engine's defaults", () => {
    assert.deepEqual(parseAppYaml('app.yaml', 'runtime: nodejs24'), {
      file: 'app.yaml',
      service: 'default',
      runtime: 'nodejs24',
      entrypoint: 'npm start',
      envVariables: {},
      instanceClass: 'F1',
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
      warmup: false,
    });
  });

  it('reads everything that a service of this kind has', () => {
    const text = `# The worker
runtime: nodejs24
env: standard
service: worker
entrypoint: node server.js
instance_class: F4_1G
automatic_scaling:
  min_instances: 1
  max_instances: 5
  max_concurrent_requests: 20
  target_cpu_utilization: 0.65
  target_throughput_utilization: 0.75
  min_pending_latency: 30ms
  max_pending_latency: automatic
  min_idle_instances: 1
  max_idle_instances: 2
inbound_services:
- warmup
env_variables:
  TEXT: green
  NUMBER: 8080
  SHARE: 0.50
  THOUSAND: 1e3
  HEX: 0x1E
  OCTAL: 010
  DAY: 2026-01-01
  QUOTED: '1e3'
  YES: yes
  NO: false
build_env_variables:
  FOO: bar
service_account: worker@demo.iam.gserviceaccount.com
handlers:
- url: /.*
  script: auto
  secure: always
`;
    const parsed = parseAppYaml('app.yaml', text);
    assert.deepEqual(parsed.scaling, {
      kind: 'automatic',
      minInstances: 1,
      maxInstances: 5,
      minIdleInstances: 1,
      maxConcurrentRequests: 20,
      targetThroughputUtilization: 0.75,
    });
    assert.deepEqual(parsed.envVariables, {
      TEXT: 'green',
      NUMBER: '8080',
      SHARE: '0.5',
      THOUSAND: '1000.0',
      HEX: '30',
      OCTAL: '8',
      DAY: '2026-01-01',
      QUOTED: '1e3',
      YES: 'True',
      NO: 'False',
    });
    assert.equal(parsed.instanceClass, 'F4_1G');
    assert.equal(parsed.warmup, true);
  });

  it('reads basic and manual scaling', () => {
    const basic = parseAppYaml(
      'a',
      'runtime: nodejs24\nbasic_scaling:\n  max_instances: 3\n  idle_timeout: 90s',
    );
    assert.deepEqual(basic.scaling, { kind: 'basic', maxInstances: 3, idleTimeoutMs: 90_000 });
    assert.equal(basic.instanceClass, 'B2');
    const manual = parseAppYaml(
      'a',
      'runtime: nodejs24\ninstance_class: B8\nmanual_scaling:\n  instances: 2',
    );
    assert.deepEqual(manual.scaling, { kind: 'manual', instances: 2 });
  });

  const node = (lines: string) => `runtime: nodejs24\n${lines}`;
  const refused: [string, string, string][] = [
    ['an empty file', '', 'app.yaml:1: the file is empty'],
    ['a list', '- a', 'app.yaml:1: app.yaml must be a mapping'],
    ['what is no YAML', 'runtime: [', 'app.yaml:'],
    ['a key given twice', node('service: a\nservice: b'), 'app.yaml:3: Map keys must be unique'],
    ['an unknown key', node('colour: green'), 'app.yaml:2: unknown key "colour"'],
    ['no runtime', 'service: worker', 'app.yaml:1: "runtime" is missing'],
    [
      'another runtime',
      'runtime: python312',
      'app.yaml:1: "runtime" must be a Node.js runtime such as nodejs24, got "python312"',
    ],
    ['the flexible environment', node('env: flex'), 'app.yaml:2: only the standard environment'],
    [
      'a setting of the flexible environment',
      node('network: {name: default}'),
      'app.yaml:2: "network" is not allowed here; remove it: it belongs to the flexible environment',
    ],
    ['two documents', 'runtime: nodejs24\n---\nruntime: nodejs24\n', 'app.yaml:2: '],
    ['a version', node('version: v1'), 'app.yaml:2: "version" is not allowed here'],
    ['an application', node('application: demo'), 'app.yaml:2: "application" is not allowed here'],
    ['a project', node('project: demo'), 'app.yaml:2: "project" is not allowed here'],
    ['threadsafe', node('threadsafe: true'), 'app.yaml:2: "threadsafe" is not allowed here'],
    ['skip_files', node('skip_files: a'), 'app.yaml:2: "skip_files" is not allowed here'],
    ['libraries', node('libraries: []'), 'app.yaml:2: "libraries" is not allowed here'],
    ['a service name in capitals', node('service: Worker'), 'app.yaml:2: "service" must be'],
    ['a service name that ends in a hyphen', node('service: worker-'), 'app.yaml:2: "service" must be'],
    ['a service name that is too long', node(`service: ${'a'.repeat(64)}`), 'app.yaml:2: "service" must be'],
    [
      'a service name that hosts could not hold',
      node('service: a-dot-b'),
      'app.yaml:2: "service" must not contain "-dot-"',
    ],
    ['two names of the service', node('service: a\nmodule: b'), 'app.yaml:3: "module" is the old name'],
    [
      'an unknown instance class',
      node('instance_class: Z9'),
      'app.yaml:2: "instance_class" must be one of F1, F2',
    ],
    [
      'an instance class of the other scaling',
      node('instance_class: B2'),
      'app.yaml:2: automatic scaling needs an instance class F…, got B2',
    ],
    [
      'an F class with manual scaling',
      node('instance_class: F1\nmanual_scaling:\n  instances: 1'),
      'app.yaml:2: manual scaling needs an instance class B…, got F1',
    ],
    [
      'two scalings',
      node('automatic_scaling:\n  max_instances: 1\nmanual_scaling:\n  instances: 1'),
      'app.yaml:4: only one kind of scaling',
    ],
    [
      'an unknown scaling key',
      node('automatic_scaling:\n  instances: 1'),
      'app.yaml:3: unknown key "instances" in automatic_scaling',
    ],
    [
      'manual scaling without instances',
      node('manual_scaling: {}'),
      'app.yaml:2: "manual_scaling.instances" is missing',
    ],
    [
      'no instances',
      node('manual_scaling:\n  instances: 0'),
      'app.yaml:3: "manual_scaling.instances" must be a whole number of at least 1, got 0',
    ],
    [
      'basic scaling without max_instances',
      node('basic_scaling:\n  idle_timeout: 5m'),
      'app.yaml:2: "basic_scaling.max_instances" is missing',
    ],
    [
      'an idle time without a unit',
      node('basic_scaling:\n  max_instances: 1\n  idle_timeout: 5'),
      'app.yaml:4: "idle_timeout" must be',
    ],
    [
      'fewer instances at most than at least',
      node('automatic_scaling:\n  min_instances: 3\n  max_instances: 2'),
      'app.yaml:4: "max_instances" (2) is below',
    ],
    [
      'fewer instances at most than idle ones at least',
      node('automatic_scaling:\n  max_instances: 2\n  min_idle_instances: 3'),
      'app.yaml:3: "max_instances" (2) is below "min_idle_instances" (3)',
    ],
    [
      'fewer idle instances at most than at least',
      node('automatic_scaling:\n  min_idle_instances: 3\n  max_idle_instances: 2'),
      'app.yaml:4: "max_idle_instances" (2) is below "min_idle_instances" (3)',
    ],
    [
      'a longer latency at least than at most',
      node('automatic_scaling:\n  min_pending_latency: 1.5s\n  max_pending_latency: 900ms'),
      'app.yaml:4: "max_pending_latency" (900ms) is below "min_pending_latency" (1.5s)',
    ],
    [
      'more requests at a time than App Engine allows',
      node('automatic_scaling:\n  max_concurrent_requests: 1001'),
      'app.yaml:3: "automatic_scaling.max_concurrent_requests" must be a whole number from 1 to 1000, got 1001',
    ],
    [
      'a latency without a unit',
      node('automatic_scaling:\n  max_pending_latency: 5'),
      'app.yaml:3: "max_pending_latency" must be',
    ],
    [
      'a load above 0.95',
      node('automatic_scaling:\n  target_cpu_utilization: 1.5'),
      'app.yaml:3: "target_cpu_utilization" must be',
    ],
    [
      'an unknown inbound service',
      node('inbound_services:\n- cron'),
      'app.yaml:3: unknown inbound service "cron"',
    ],
    [
      'inbound services that are no list',
      node('inbound_services: warmup'),
      'app.yaml:2: inbound_services must be a list',
    ],
    [
      'environment variables as a list',
      node('env_variables:\n- A=b'),
      'app.yaml:2: env_variables must be a mapping',
    ],
    [
      'an environment variable that is a mapping',
      node('env_variables:\n  A:\n    b: c'),
      'app.yaml:3: the environment variable A must be',
    ],
    [
      'an environment variable without a value',
      node('env_variables:\n  A:'),
      'app.yaml:3: the environment variable A must be',
    ],
    [
      'a bad name of an environment variable',
      node('env_variables:\n  A-B: c'),
      'app.yaml:3: "A-B" is no name',
    ],
    ['a handler without url', node('handlers:\n- script: auto'), 'app.yaml:3: a handler needs a "url"'],
    ['a handler without script', node('handlers:\n- url: /.*'), 'app.yaml:3: a handler needs "script"'],
    [
      'another script than auto',
      node('handlers:\n- url: /.*\n  script: main.app'),
      'app.yaml:4: "script" must be auto',
    ],
    [
      'login',
      node('handlers:\n- url: /.*\n  script: auto\n  login: admin'),
      'app.yaml:5: "login" is not supported for Node.js',
    ],
    [
      'static files without upload',
      node('handlers:\n- url: /s\n  static_files: s.html'),
      'app.yaml:3: a handler with static_files needs "upload"',
    ],
    [
      'a static folder with upload',
      node('handlers:\n- url: /s\n  static_dir: s\n  upload: s/.*'),
      'app.yaml:5: "upload" belongs to static_files',
    ],
    [
      'a handler of two kinds',
      node('handlers:\n- url: /s\n  static_dir: s\n  script: auto'),
      'app.yaml:4: "static_dir" and "script" exclude each other',
    ],
    [
      'a setting of static files on a script',
      node('handlers:\n- url: /s\n  script: auto\n  expiration: 1d'),
      'app.yaml:5: "expiration" belongs to static files, not to a script',
    ],
    [
      'a url that is no regular expression',
      node('handlers:\n- url: /(s\n  script: auto'),
      'app.yaml:3: "url" must be a regular expression',
    ],
    [
      'an expiration that is no time',
      node('handlers:\n- url: /s\n  static_dir: s\n  expiration: 1 day'),
      'app.yaml:5: "expiration" must be a time such as "1d 6h" or "30m", got "1 day"',
    ],
    [
      'a header of requests',
      node('handlers:\n- url: /s\n  static_dir: s\n  http_headers:\n    Host: x'),
      'app.yaml:6: the header Host cannot be set',
    ],
    [
      'a header with a line break',
      node('handlers:\n- url: /s\n  static_dir: s\n  http_headers:\n    X-A: "a\\r\\nB: c"'),
      'app.yaml:6: the header X-A must be ASCII text',
    ],
    [
      'two content types',
      node('handlers:\n- url: /s\n  static_dir: s\n  mime_type: a/b\n  http_headers:\n    content-type: a/b'),
      'app.yaml:5: "mime_type" and the header Content-Type exclude each other',
    ],
    [
      'an unknown status of redirects',
      node('handlers:\n- url: /s\n  script: auto\n  redirect_http_response_code: 308'),
      'app.yaml:5: "redirect_http_response_code" must be one of 301, 302, 303, 307, got 308',
    ],
    [
      'a position of a handler that is not included',
      node('handlers:\n- url: /s\n  script: auto\n  position: head'),
      'app.yaml:5: unknown key "position" in a handler',
    ],
    [
      'an error handler without a file',
      node('error_handlers:\n- error_code: timeout'),
      'app.yaml:3: an error handler needs "file"',
    ],
    [
      'an unknown error',
      node('error_handlers:\n- error_code: late\n  file: a.html'),
      'app.yaml:3: "error_code" must be default, over_quota, dos_api_denial or timeout, got "late"',
    ],
    [
      'an included file that is not there',
      node('includes:\n- none.yaml'),
      'app.yaml:3: the included file "none.yaml" is not there',
    ],
    [
      'an unknown key of a handler',
      node('handlers:\n- url: /.*\n  script: auto\n  colour: x'),
      'app.yaml:5: unknown key "colour" in a handler',
    ],
  ];
  for (const [what, text, message] of refused) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => parseAppYaml('app.yaml', text),
        (error: Error) => {
          assert.ok(error.message.includes(message), error.message);
          return true;
        },
      );
    });
  }

  it('tells static handlers from scripts', () => {
    const text = node('handlers:\n- url: /s\n  static_dir: s\n- url: /.*\n  script: auto');
    const { handlers } = parseAppYaml('app.yaml', text);
    assert.deepEqual(
      handlers.map(({ kind }) => kind),
      ['static', 'script'],
    );
  });

  it('reads static files, error pages and times to keep', () => {
    const app = parseAppYaml(
      'app.yaml',
      node(`default_expiration: 4d 5h
error_handlers:
- file: error.html
- error_code: timeout
  file: late.json
  mime_type: application/json
handlers:
- url: /css/
  static_dir: styles
  expiration: 1m 30
  require_matching_file: true
  http_headers:
    X-Frame-Options: DENY
- url: /(.*)\\.html
  static_files: pages/\\1.html
  upload: pages/.*\\.html
  mime_type: text/html
`),
    );
    assert.equal(app.defaultExpirationSeconds, 4 * 86_400 + 5 * 3600);
    assert.deepEqual(app.errorHandlers, [
      { errorCode: 'default', file: 'error.html', mimeType: 'text/html' },
      { errorCode: 'timeout', file: 'late.json', mimeType: 'application/json' },
    ]);
    assert.deepEqual(app.handlers, [
      {
        kind: 'static',
        url: /^(?:\/css\/(.*))$/,
        file: 'styles/\\1',
        upload: undefined,
        mimeType: undefined,
        expirationSeconds: 90,
        httpHeaders: { 'X-Frame-Options': 'DENY' },
        requireMatchingFile: true,
      },
      {
        kind: 'static',
        url: /^(?:\/(.*)\.html)$/,
        file: 'pages/\\1.html',
        upload: /^(?:pages\/.*\.html)$/,
        mimeType: 'text/html',
        expirationSeconds: undefined,
        httpHeaders: {},
        requireMatchingFile: false,
      },
    ]);
  });

  it("adds a caller's own problems to the reader's", () => {
    assert.throws(
      () =>
        parseAppYaml('app.yaml', node('colour: green\nservice: worker'), (app, yaml) =>
          yaml.problem(['service'], `no ${app.service} here`),
        ),
      { message: /^app\.yaml:2: unknown key .*\napp\.yaml:3: no worker here$/ },
    );
  });

  it('names an alias without an anchor', () => {
    assert.throws(() => parseAppYaml('app.yaml', node('service: *name')), {
      message: 'app.yaml:2: the alias *name has no anchor before it',
    });
  });

  it('names every problem at once, in the order of the lines', () => {
    assert.throws(() => parseAppYaml('app.yaml', 'service: A\ncolour: green\nruntime: java21\n'), {
      name: 'YamlFileError',
      message: /^app\.yaml:1: .*\napp\.yaml:2: .*\napp\.yaml:3: /,
    });
  });
});
