import assert from 'node:assert/strict';
import { PARENT, startTestEmulator, type TestEmulator } from './support/emulator.ts';
import { grpcTransport, restTransport, type Transport } from './support/transports.ts';

const NAME = `${PARENT}/queues/orders`;

describe('settings of queues, as the service was recorded', () => {
  let test: TestEmulator;
  let transports: Transport[];
  let grpc: Transport;
  let rest: Transport;

  before(async () => {
    test = await startTestEmulator();
    grpc = grpcTransport(test.emulator.port);
    rest = restTransport(test.emulator.port);
    transports = [grpc, rest];
  });
  after(async () => {
    for (const transport of transports) transport.close();
    await test.close();
  });

  const update = (transport: Transport, fields: object, paths?: string[]) =>
    transport.call('UpdateQueue', {
      queue: { name: NAME, ...fields },
      ...(paths && { updateMask: transport.name === 'gRPC' ? { paths } : paths.join(',') }),
    });

  it('compute the burst from the rate, rounded down', async () => {
    for (const transport of transports) {
      for (const [rate, burst] of [
        [0.5, 10],
        [54, 10],
        [77, 15],
        [100, 20],
        [333, 66],
        [500, 100],
      ] as const) {
        const rateLimits = { maxDispatchesPerSecond: rate, maxBurstSize: 3 };
        const { response } = await update(transport, { rateLimits });
        assert.equal(response.rateLimits.maxBurstSize, burst);
      }
    }
  });

  const refused: [fields: object, restFields: object | undefined, text: string][] = [
    [
      { retryConfig: { maxRetryDuration: { seconds: -1 } } },
      { retryConfig: { maxRetryDuration: '-1s' } },
      'RetryConfig.max_retry_duration.seconds cannot be negative.',
    ],
    [
      { retryConfig: { maxRetryDuration: { seconds: 30, nanos: 900_000_000 } } },
      { retryConfig: { maxRetryDuration: '30.9s' } },
      'RetryConfig.max_retry_duration.nanos cannot be set.',
    ],
    [
      { retryConfig: { minBackoff: { nanos: -5 } } },
      { retryConfig: { minBackoff: '-0.000000005s' } },
      'RetryConfig.minBackoff cannot be negative.',
    ],
    [
      { retryConfig: { maxBackoff: { nanos: -5 } } },
      { retryConfig: { maxBackoff: '-0.000000005s' } },
      'RetryConfig.maxBackoff cannot be negative.',
    ],
    ...[1.5, -0.5].map((samplingRatio): [object, object, string] => [
      { stackdriverLoggingConfig: { samplingRatio } },
      { stackdriverLoggingConfig: { samplingRatio } },
      'sampling_ratio must be between 0.0 and 1.0.',
    ]),
    [
      { stackdriverLoggingConfig: { samplingRatio: Number.NaN } },
      undefined,
      'sampling_ratio must be between 0.0 and 1.0.',
    ],
  ];
  for (const [fields, restFields, text] of refused) {
    it(`refuse ${JSON.stringify(restFields ?? fields)}`, async () => {
      const { code, message } = await update(grpc, fields);
      assert.deepEqual([code, message], ['INVALID_ARGUMENT', text]);
      if (restFields) assert.equal((await update(rest, restFields)).message, text);
    });
  }

  it('take zero as unset, and keep nanoseconds', async () => {
    const { response } = await update(rest, {
      retryConfig: { minBackoff: '1.234567891s', maxBackoff: '0s', maxRetryDuration: '0s' },
      stackdriverLoggingConfig: { samplingRatio: 0 },
    });
    assert.equal(response.retryConfig.minBackoff, '1.234567891s');
    assert.equal(response.retryConfig.maxBackoff, '3600s');
    assert.equal(response.retryConfig.maxRetryDuration, undefined);
    assert.equal(response.stackdriverLoggingConfig, undefined);
    const overGrpc = await grpc.call('GetQueue', { name: NAME });
    assert.deepEqual(overGrpc.response.retryConfig.minBackoff, { seconds: 1, nanos: 234_567_891 });
  });

  it('change by no empty mask, and all without a mask', async () => {
    await update(grpc, { retryConfig: { maxAttempts: 9 } });
    const { response } = await update(grpc, { rateLimits: { maxDispatchesPerSecond: 3 } }, []);
    assert.equal(response.retryConfig.maxAttempts, 9);
    assert.equal(response.rateLimits.maxDispatchesPerSecond, 500);
    assert.equal((await update(grpc, {})).response.retryConfig.maxAttempts, 100);
  });

  it('ignore output-only fields in a mask, and refuse paths that are none', async () => {
    const before = (await grpc.call('GetQueue', { name: NAME })).response;
    const outputOnly = ['name', 'state', 'purge_time', 'rate_limits.max_burst_size'];
    assert.deepEqual((await update(grpc, { state: 'PAUSED' }, outputOnly)).response, before);
    for (const path of [
      'bogus',
      'rate_limits.bogus',
      'rate_limits.max_dispatches_per_second.x',
      'retryConfig',
      'rate_limits,retry_config',
      ' rate_limits',
      '',
      '*',
    ]) {
      const { code, message } = await update(grpc, {}, [path]);
      assert.deepEqual([code, message], ['INVALID_ARGUMENT', `Invalid mask: ${path}`]);
      const queue = { name: `${PARENT}/queues/none` };
      const missing = await grpc.call('UpdateQueue', { queue, updateMask: { paths: [path] } });
      assert.equal(missing.message, `Invalid mask: ${path}`);
    }
    assert.equal((await update(rest, {}, ['rateLimits.bogus'])).message, 'Invalid mask: rate_limits.bogus');
  });
});
