import assert from 'node:assert/strict';
import { PARENT, startTestEmulator, type TestEmulator } from './support/emulator.ts';
import { grpcTransport, restTransport, type Transport } from './support/transports.ts';

/** Filters with the queues that fit: `fast` runs and is purged, `slow` is paused. */
const MATCHES: [filter: string, ids: string[]][] = [
  ['name: FAST', ['fast']],
  ['name:slow', ['slow']],
  ['name: *', ['fast', 'slow']],
  ['State: paused', ['slow']],
  ['state = RUNNING', ['fast']],
  ['state != RUNNING', ['slow']],
  ['state > RUNNING', ['slow']],
  ['state < paused', ['fast']],
  ['state = STATE_UNSPECIFIED', []],
  ['rate_limits.max_dispatches_per_second <= 5', ['slow']],
  ['rateLimits.maxDispatchesPerSecond: 5', ['slow']],
  ['rate_limits.max_dispatches_per_second>5', ['fast']],
  ['stackdriver_logging_config.sampling_ratio = 0', ['slow']],
  ['stackdriver_logging_config: *', ['fast']],
  ['stackdriver_logging_config.sampling_ratio = 0.5', ['fast']],
  ['retry_config.max_retry_duration < 1s', ['slow']],
  ['retry_config.max_retry_duration: *', ['fast']],
  ['retry_config.max_retry_duration: 30s', ['fast']],
  ['retry_config.min_backoff = 0.5s', ['fast']],
  ['purge_time < "2020-01-01T00:00:00Z"', ['slow']],
  ['purge_time > "2020-01-01T00:00:00+01:00"', ['fast']],
  ['purge_time: *', ['fast']],
  ['state: PAUSED AND name: fast', []],
  ['state: PAUSED OR name: fast', ['fast', 'slow']],
  ['state: PAUSED name: slow', ['slow']],
  ['NOT state: PAUSED', ['fast']],
  ['-state: PAUSED', ['fast']],
  ['-(state: PAUSED OR name: fast)', []],
  ['name: slow AND state: RUNNING OR state: PAUSED', ['slow']],
  ['name: "slow"', ['slow']],
];

const REFUSED: [filter: string, text: string][] = [
  ['bogus_field: 1', "Field not found: 'bogus_field'."],
  ['sampling_ratio: 1', "Field not found: 'sampling_ratio'."],
  ['state: BOGUS', "The value 'bogus' is of incorrect type."],
  ['state: 2', "The value '2' is of incorrect type."],
  ['retry_config.max_backoff = 3600', "The value '3600' is of incorrect type."],
  ['rate_limits.max_dispatches_per_second = Fast', "The value 'fast' is of incorrect type."],
  [
    'rate_limits = 1',
    "Cannot match a nested type 'rate_limits'. A member field of scalar or enum type must be provided.",
  ],
];

describe('filters of ListQueues, as the service was recorded', () => {
  let test: TestEmulator;
  let transports: Transport[];

  before(async () => {
    test = await startTestEmulator();
    transports = [grpcTransport(test.emulator.port), restTransport(test.emulator.port)];
    const create = (id: string, fields: object) =>
      test.client.createQueue({ parent: PARENT, queue: { name: `${PARENT}/queues/${id}`, ...fields } });
    await create('fast', {
      retryConfig: { maxRetryDuration: { seconds: 30 }, minBackoff: { nanos: 500_000_000 } },
      stackdriverLoggingConfig: { samplingRatio: 0.5 },
    });
    await create('slow', { rateLimits: { maxDispatchesPerSecond: 5 } });
    await test.client.purgeQueue({ name: `${PARENT}/queues/fast` });
    await test.client.pauseQueue({ name: `${PARENT}/queues/slow` });
  });
  after(async () => {
    for (const transport of transports) transport.close();
    await test.close();
  });

  for (const [filter, ids] of MATCHES) {
    it(`${filter} gives ${ids.join(' and ') || 'none'}`, async () => {
      for (const transport of transports) {
        const { message, response } = await transport.call('ListQueues', { parent: PARENT, filter });
        assert.equal(message, '');
        const queues: { name: string }[] = response.queues ?? [];
        assert.deepEqual(
          queues.map(({ name }) => name.split('/').at(-1)),
          ids,
        );
      }
    });
  }

  for (const [filter, text] of REFUSED) {
    it(`refuses ${filter}`, async () => {
      for (const transport of transports) {
        const { code, message } = await transport.call('ListQueues', { parent: PARENT, filter });
        assert.deepEqual([code, message], ['INVALID_ARGUMENT', text]);
      }
    });
  }

  it('refuses what is no filter', async () => {
    for (const filter of ['state PAUSED', 'state:', '(state: PAUSED', 'AND', '"', '!', '('.repeat(1_000)]) {
      const { code } = (await transports[0]?.call('ListQueues', { parent: PARENT, filter })) ?? {};
      assert.equal(code, 'INVALID_ARGUMENT', filter);
    }
  });
});
