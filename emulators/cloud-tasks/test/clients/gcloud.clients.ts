import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram, skipWithout } from '@waybill/emulator-kit/testing';
import { startTestEmulator, type TestEmulator } from '../support/emulator.ts';

const QUEUE = 'projects/demo/locations/us-central1/queues/order-processing';
const TASK_COLUMNS =
  /^TASK_NAME +TYPE +CREATE_TIME +SCHEDULE_TIME +DISPATCH_ATTEMPTS +RESPONSE_ATTEMPTS +LAST_ATTEMPT_STATUS$/m;

/** A command line below `gcloud tasks`, and what it prints: the whole text, or parts of it. */
type Step = readonly [line: string, printed: string | readonly RegExp[]];

/** Settings of a queue, and the flags of a task, in a release's words. */
interface Release {
  readonly track: '' | 'beta' | 'alpha';
  readonly rate: string;
  readonly concurrency: string;
  readonly path: string;
  readonly body: string;
  /** The first columns of the queues' list, and the first row. */
  readonly list: readonly RegExp[];
  readonly described: readonly RegExp[];
  /** Commands that the release has and another lacks. */
  readonly more: readonly Step[];
}

const RELEASES: readonly Release[] = [
  {
    track: '',
    rate: '--max-dispatches-per-second',
    concurrency: '--max-concurrent-dispatches',
    path: '--relative-uri',
    body: '--body-content',
    list: [
      /^QUEUE_NAME +STATE +MAX_NUM_OF_TASKS +MAX_RATE \(\/sec\) +MAX_ATTEMPTS$/m,
      /^order-processing +RUNNING +5 +20\.0 +100$/m,
      /^unlimited +RUNNING +1000 +500\.0 +unlimited$/m,
    ],
    described: [/^ {2}maxConcurrentDispatches: 5$/m, /^ {2}maxDispatchesPerSecond: 20\.0$/m],
    more: [
      ['locations list', [/^us-central1 +projects\/demo\/locations\/us-central1$/m]],
      ['cmek-config describe', 'name: projects/demo/locations/us-central1/cmekConfig'],
      [
        'cmek-config update --kms-key-name=k --kms-keyring=r --kms-project=demo',
        [
          /Updated Cmek config for KMS key: \[projects\/demo\/locations\/us-central1\/keyRings\/r\/cryptoKeys\/k\]\./,
        ],
      ],
      [
        'queues create target --http-uri-override=host:example.com,scheme:https,path:/x --http-oidc-service-account-email-override=a@demo.iam.gserviceaccount.com',
        'Created queue [us-central1/target].',
      ],
      ['queues describe target', [/^ {4}scheme: HTTPS$/m, /^ {4}host: example\.com$/m, /^ {6}path: \/x$/m]],
      ['buffer --queue=target --task-id=bt', 'Buffered task in queue [us-central1/target].'],
    ],
  },
  {
    track: 'beta',
    rate: '--max-dispatches-per-second',
    concurrency: '--max-concurrent-dispatches',
    path: '--relative-uri',
    body: '--body-content',
    list: [/^QUEUE_NAME +TYPE +STATE /m, /^order-processing +push +RUNNING +5 +20\.0 +100$/m],
    described: [
      /^ {2}maxConcurrentDispatches: 5$/m,
      /^ {2}maxDispatchesPerSecond: 20\.0$/m,
      /^tombstoneTtl: 3600s$/m,
      /^type: PUSH$/m,
    ],
    more: [],
  },
  {
    track: 'alpha',
    rate: '--max-tasks-dispatched-per-second',
    concurrency: '--max-concurrent-tasks',
    path: '--url',
    body: '--payload-content',
    list: [/^QUEUE_NAME +TYPE +STATE /m, /^order-processing +push +RUNNING +5 +20\.0 +100$/m],
    described: [
      /^appEngineHttpTarget:/m,
      /^ {2}maxConcurrentTasks: 5$/m,
      /^ {2}maxTasksDispatchedPerSecond: 20\.0$/m,
    ],
    more: [['queues create-pull-queue pull', [/UNIMPLEMENTED/]]],
  },
];

function steps({ track, rate, concurrency, path, body, list, described, more }: Release): readonly Step[] {
  const command = ['gcloud', track, 'tasks.queues.create'].filter((part) => part !== '').join('.');
  const on = '--queue=order-processing';
  return [
    [
      `queues create order-processing ${rate}=10 ${concurrency}=5 --max-attempts=5 --min-backoff=10s --max-backoff=300s --max-doublings=4`,
      'Created queue [us-central1/order-processing].',
    ],
    ['queues create order-processing', `ERROR: (${command}) ALREADY_EXISTS: Queue already exists`],
    ['queues create unlimited --max-attempts=unlimited', 'Created queue [us-central1/unlimited].'],
    [
      'queues create routed --routing-override=service:worker,version:v1',
      'Created queue [us-central1/routed].',
    ],
    [
      'queues describe routed',
      [
        /^ {4}host: v1\.worker\.demo\.uc\.r\.appspot\.com$|^ {2}host: v1\.worker\.demo\.uc\.r\.appspot\.com$/m,
      ],
    ],
    [
      `queues update order-processing ${rate}=20 --max-attempts=7`,
      'Updated queue [us-central1/order-processing].',
    ],
    ['queues describe order-processing', [/^ {2}maxAttempts: 7$/m]],
    ['queues update order-processing --clear-max-attempts', 'Updated queue [us-central1/order-processing].'],
    [
      'queues describe order-processing',
      [
        /^ {2}maxAttempts: 100$/m,
        /^ {2}maxBackoff: 300s$/m,
        /^ {2}minBackoff: 10s$/m,
        /^state: RUNNING$/m,
        ...described,
      ],
    ],
    ['queues list', list],
    ['queues pause order-processing', 'Paused queue [us-central1/order-processing].'],
    ['queues get-iam-policy order-processing', 'etag: ACAB'],
    [
      'queues add-iam-policy-binding order-processing --member=user:ada@example.com --role=roles/viewer',
      [
        /Updated IAM policy for queue \[order-processing\]\./,
        /^ {2}- user:ada@example\.com\n {2}role: roles\/viewer$/m,
      ],
    ],
    [
      `create-app-engine-task t1 ${on} --method=POST ${path}=/tasks/process ${body}=???>>>~~~ --header=Content-Type:text/plain --routing=service:worker --schedule-time=+SCHEDULE`,
      `Created task [${QUEUE}/tasks/t1].`,
    ],
    [`create-app-engine-task ${on}`, [/^Created task \[.+\/tasks\/\d+\]\.$/m]],
    [
      `create-http-task h1 ${on} --url=https://127.0.0.1:1/x --method=PUT --oidc-service-account-email=a@demo.iam.gserviceaccount.com`,
      `Created task [${QUEUE}/tasks/h1].`,
    ],
    [`list ${on} --limit=10`, [TASK_COLUMNS, /^t1 .+ 0 +0 +Unknown$/m, /^h1 .+ 0 +0 +Unknown$/m]],
    [
      `describe t1 ${on} --response-view=full`,
      [/: Pz8_Pj4-fn5-$/m, /^view: FULL$/m, /^ {4}Content-Type: text\/plain$/m],
    ],
    [`describe t1 ${on}`, [/^view: BASIC$/m]],
    [`run t1 ${on}`, [new RegExp(`^name: ${QUEUE}/tasks/t1$`, 'm'), /\b1\b/]],
    [`delete h1 ${on}`, 'Deleted task [h1].'],
    ['queues resume order-processing', 'Resumed queue [us-central1/order-processing].'],
    ['queues purge order-processing', 'Purged queue [us-central1/order-processing].'],
    ['queues delete order-processing', 'Deleted queue [us-central1/order-processing].'],
    ['locations describe us-central1', [/^locationId: us-central1$/m]],
    ...more,
  ];
}

for (const release of RELEASES) {
  const name = ['gcloud', release.track, 'tasks'].filter((part) => part !== '').join(' ');
  describe(name, () => {
    let test: TestEmulator;
    let config: string;

    before(async function () {
      skipWithout(['gcloud'], name, this);
      config = mkdtempSync(join(tmpdir(), 'gcloud-'));
      test = await startTestEmulator();
    });
    after(async () => {
      await test?.close();
      if (config !== undefined) rmSync(config, { recursive: true });
    });

    it('prints for each command what it prints of the service', async () => {
      const inADay = new Date(Date.now() + 86_400_000).toISOString();
      for (const [line, printed] of steps(release)) {
        const args = line.replace('+SCHEDULE', inADay).split(' ');
        const track = release.track === '' ? [] : [release.track];
        const location = line.startsWith('locations') ? [] : ['--location=us-central1'];
        const { output } = await runProgram(['gcloud', ...track, 'tasks', ...args, ...location], config, {
          CLOUDSDK_CONFIG: config,
          CLOUDSDK_CORE_PROJECT: 'demo',
          CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
          CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: 'true',
          CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: 'true',
          CLOUDSDK_AUTH_DISABLE_CREDENTIALS: 'true',
          CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDTASKS: `http://127.0.0.1:${test.emulator.port}/`,
        });
        if (typeof printed === 'string') assert.equal(output.trim(), printed, line);
        else for (const part of printed) assert.match(output, part, line);
      }
    });
  });
}
