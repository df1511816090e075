import assert from 'node:assert/strict';
import { type Client, credentials, makeGenericClientConstructor, status } from '@grpc/grpc-js';
import { loadDescriptors } from '../src/grpc/descriptors.ts';
import { PARENT, startTestEmulator, type TestEmulator } from './support/emulator.ts';

const QUEUE = `${PARENT}/queues/orders`;

/** Values that have broken such servers, in every field that takes one of their kind. */
const ODD_TEXTS = [
  '',
  '/',
  'projects/',
  QUEUE,
  `${QUEUE}/tasks/`,
  `${QUEUE}/tasks/x`,
  '__proto__',
  '%zz',
  '\u0000',
];
const ODD_MOMENTS = [
  {},
  { seconds: -1 },
  { nanos: -1 },
  { seconds: '9223372036854775807', nanos: 2_147_483_647 },
  { seconds: '-9223372036854775808' },
];
const ODD_NUMBERS = [0, -1, 2_147_483_647, -2_147_483_648];
const ODD_RATES = [...ODD_NUMBERS, Number.NaN, Number.POSITIVE_INFINITY, 5e-324, 0.5];

function oddTasks(): object[] {
  return [
    {},
    ...ODD_TEXTS.map((name) => ({ name, httpRequest: { url: 'http://127.0.0.1:1' } })),
    ...ODD_TEXTS.map((url) => ({ httpRequest: { url } })),
    ...['http://', 'http:///', 'http://a b/%zz', 'http://[', 'https://x:99999'].map((url) => ({
      httpRequest: { url },
    })),
    ...ODD_TEXTS.map((text) => ({ httpRequest: { url: 'http://127.0.0.1:1', headers: { [text]: text } } })),
    ...ODD_TEXTS.map((relativeUri) => ({ appEngineHttpRequest: { relativeUri } })),
    ...ODD_TEXTS.map((text) => ({
      appEngineHttpRequest: { appEngineRouting: { service: text, host: text } },
    })),
    ...ODD_MOMENTS.map((scheduleTime) => ({ scheduleTime, appEngineHttpRequest: {} })),
    ...ODD_MOMENTS.map((dispatchDeadline) => ({ dispatchDeadline, appEngineHttpRequest: {} })),
    ...ODD_NUMBERS.map((httpMethod) => ({ appEngineHttpRequest: { httpMethod } })),
    { appEngineHttpRequest: { relativeUri: '/\ud800' } },
    ...ODD_NUMBERS.map((value) => ({
      appEngineHttpRequest: {},
      retryConfig: { maxAttempts: value, maxDoublings: value },
    })),
    ...ODD_MOMENTS.map((moment) => ({
      appEngineHttpRequest: {},
      retryConfig: { minBackoff: moment, maxBackoff: moment, maxRetryDuration: moment },
    })),
  ];
}

function oddQueues(): object[] {
  const queue = (id: string, fields: object) => ({ name: `${PARENT}/queues/${id}`, ...fields });
  return [
    {},
    ...ODD_TEXTS.map((name) => ({ name })),
    ...ODD_RATES.map((rate, index) =>
      queue(`rate-${index}`, { rateLimits: { maxDispatchesPerSecond: rate } }),
    ),
    ...ODD_NUMBERS.map((value, index) =>
      queue(`number-${index}`, {
        rateLimits: { maxConcurrentDispatches: value, maxBurstSize: value },
        retryConfig: { maxAttempts: value, maxDoublings: value },
        state: value,
      }),
    ),
    ...ODD_MOMENTS.map((moment, index) =>
      queue(`moment-${index}`, {
        retryConfig: { minBackoff: moment, maxRetryDuration: moment },
        purgeTime: moment,
      }),
    ),
    ...ODD_TEXTS.map((text, index) =>
      queue(`target-text-${index}`, {
        httpTarget: {
          uriOverride: {
            host: `h${text}`,
            pathOverride: { path: text },
            queryOverride: { queryParams: text },
          },
          headerOverrides: [{ header: { key: `X${text}`, value: text } }],
          oidcToken: { serviceAccountEmail: `a@b${text}`, audience: text },
        },
      }),
    ),
    ...ODD_NUMBERS.map((number, index) =>
      queue(`target-number-${index}`, { httpTarget: { httpMethod: number, uriOverride: { port: number } } }),
    ),
    ...ODD_RATES.map((ratio, index) =>
      queue(`ratio-${index}`, { stackdriverLoggingConfig: { samplingRatio: ratio } }),
    ),
  ];
}

describe('odd requests', function () {
  this.timeout(30_000);
  let test: TestEmulator;
  let raw: Client;

  beforeEach(async () => {
    test = await startTestEmulator();
    await test.client.createQueue({ parent: PARENT, queue: { name: QUEUE } });
    const { cloudTasks } = loadDescriptors();
    const RawClient = makeGenericClientConstructor(cloudTasks, 'CloudTasks');
    raw = new RawClient(`127.0.0.1:${test.emulator.port}`, credentials.createInsecure());
  });
  afterEach(async () => {
    raw.close();
    await test.close();
  });

  /** Calls a method as no sane client would. @returns the code of the answer */
  function call(method: string, request: object): Promise<status> {
    const send = Reflect.get(raw, method) as (
      request: object,
      done: (error: { code: status } | null) => void,
    ) => void;
    return new Promise((resolve) => send.call(raw, request, (error) => resolve(error?.code ?? status.OK)));
  }

  async function neverFails(method: string, requests: object[]): Promise<void> {
    for (const request of requests) {
      const code = await call(method, request);
      const fault = code === status.INTERNAL || code === status.UNKNOWN || code === status.UNAVAILABLE;
      assert.equal(fault, false, `${method} ${JSON.stringify(request)} → ${status[code]}`);
    }
    const [queue] = await test.client.getQueue({ name: QUEUE });
    assert.equal(queue.name, QUEUE);
  }

  for (const method of ['GetQueue', 'DeleteQueue', 'PurgeQueue', 'PauseQueue', 'ResumeQueue']) {
    it(`never upset ${method}`, () =>
      neverFails(
        method,
        ODD_TEXTS.filter((name) => name !== QUEUE || method !== 'DeleteQueue').map((name) => ({ name })),
      ));
  }
  for (const method of ['GetTask', 'DeleteTask', 'RunTask']) {
    it(`never upset ${method}`, () =>
      neverFails(method, [...ODD_TEXTS.map((name) => ({ name })), { responseView: 99 }]));
  }
  for (const method of ['ListQueues', 'ListTasks']) {
    it(`never upset ${method}`, () =>
      neverFails(
        method,
        [PARENT, QUEUE, ...ODD_TEXTS].flatMap((parent) => [
          ...ODD_TEXTS.map((pageToken) => ({ parent, pageToken, filter: pageToken })),
          ...ODD_NUMBERS.map((pageSize) => ({ parent, pageSize })),
        ]),
      ));
  }

  it('never upset CreateTask, nor what comes of it', async () => {
    await neverFails('CreateTask', [
      ...ODD_TEXTS.map((parent) => ({ parent, task: { appEngineHttpRequest: {} } })),
      ...oddTasks().map((task) => ({ parent: QUEUE, task })),
    ]);
    await neverFails('ListTasks', [{ parent: QUEUE, responseView: 'FULL' }]);
  });

  it('never upset CreateQueue and UpdateQueue', async () => {
    await neverFails('CreateQueue', [
      { parent: PARENT },
      ...oddQueues().map((queue) => ({ parent: PARENT, queue })),
    ]);
    await neverFails('UpdateQueue', [
      {},
      ...oddQueues().map((queue) => ({ queue })),
      ...ODD_TEXTS.map((path) => ({ queue: { name: QUEUE }, updateMask: { paths: [path] } })),
      {
        queue: { name: QUEUE },
        updateMask: { paths: ['__proto__', 'constructor', 'app_engine_routing_override.service'] },
      },
    ]);
    await neverFails('ListQueues', [{ parent: PARENT }]);
  });
});
