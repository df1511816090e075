import assert from 'node:assert/strict';
import { startTestEmulator, type TestEmulator } from './support/emulator.ts';
import { grpcTransport, restTransport, type Transport } from './support/transports.ts';

const KEY_RING = 'keyRings/r';
const KEY = `${KEY_RING}/cryptoKeys/k`;

describe('CMEK, as the service was recorded', () => {
  let test: TestEmulator;
  let transports: Transport[];

  before(async () => {
    test = await startTestEmulator();
    transports = [grpcTransport(test.emulator.port), restTransport(test.emulator.port)];
  });
  after(async () => {
    for (const transport of transports) transport.close();
    await test.close();
  });

  /** A location for each transport. */
  const locationOf = ({ name }: Transport): string =>
    `projects/demo/locations/${name === 'gRPC' ? 'us-east1' : 'us-west1'}`;
  const update = (transport: Transport, kmsKey: string, fields: object = {}) =>
    transport.call('UpdateCmekConfig', {
      cmekConfig: { name: `${locationOf(transport)}/cmekConfig`, kmsKey },
      ...fields,
    });

  it('has no key at first', async () => {
    for (const transport of transports) {
      const name = `${locationOf(transport)}/cmekConfig`;
      assert.deepEqual((await transport.call('GetCmekConfig', { name })).json, { name });
    }
  });

  it('refuses names', async () => {
    const [grpc] = transports;
    for (const [method, requestOf] of [
      ['GetCmekConfig', (name: string) => ({ name })],
      ['UpdateCmekConfig', (name: string) => ({ cmekConfig: { name } })],
    ] as const) {
      for (const name of ['projects/demo/locations/us-east1', 'projects/demo/locations/us-east1/kmsConfig']) {
        const { code, message } = (await grpc?.call(method, requestOf(name))) ?? assert.fail();
        assert.deepEqual(
          [code, message],
          [
            'INVALID_ARGUMENT',
            'CMEK Config name must be formatted: "projects/<PROJECT_ID>/locations/<LOCATION_ID>/cmekConfig".',
          ],
        );
      }
      const strange = await grpc?.call(method, requestOf('not-a-valid-name'));
      assert.equal(strange?.message, 'Permission denied on resource project not-a-valid-name.');
      const empty = await grpc?.call(method, requestOf(''));
      assert.equal(empty?.message, 'Invalid resource field value in the request.');
      assert.match(JSON.stringify(empty?.details), new RegExp(`CloudTasks\\.${method}"`));
    }
    const absent = await grpc?.call('UpdateCmekConfig', {});
    assert.equal(absent?.message, 'Invalid resource field value in the request.');
  });

  it('refuses what is no key of the location', async () => {
    for (const transport of transports) {
      const location = locationOf(transport);
      const cases: [key: string, code: string, text: string][] = [
        [
          'not-a-key',
          'INVALID_ARGUMENT',
          'Resource name [not-a-key] does not match any known resource name pattern.',
        ],
        [`${location}/${KEY_RING}`, 'INVALID_ARGUMENT', 'Request contains an invalid argument.'],
        [
          `${location}/${KEY}/cryptoKeyVersions/1`,
          'INVALID_ARGUMENT',
          'Request contains an invalid argument.',
        ],
        [`projects/demo/locations/europe-west1/${KEY}`, 'NOT_FOUND', 'Requested entity was not found.'],
      ];
      for (const [key, code, text] of cases) {
        const refused = await update(transport, key);
        assert.deepEqual([refused.code, refused.message], [code, text]);
      }
    }
  });

  it('keeps a key until it is cleared', async () => {
    for (const transport of transports) {
      const location = locationOf(transport);
      const config = { name: `${location}/cmekConfig`, kmsKey: `${location}/${KEY}` };
      assert.deepEqual((await update(transport, config.kmsKey)).json, config);
      const updateMask = transport.name === 'gRPC' ? { paths: ['bogus'] } : 'bogus';
      assert.equal((await update(transport, '', { updateMask })).message, 'Invalid mask: bogus');
      assert.deepEqual((await transport.call('GetCmekConfig', { name: config.name })).json, config);
      assert.deepEqual((await update(transport, '')).json, { name: config.name });
    }
  });

  it('refuses a key where a queue overrides headers, before it looks at the key', async () => {
    for (const transport of transports) {
      const name = `${locationOf(transport)}/queues/overriding`;
      await transport.call('CreateQueue', {
        parent: locationOf(transport),
        queue: { name, httpTarget: { headerOverrides: [{ header: { key: 'X-A', value: 'b' } }] } },
      });
      const { code, message, details } = await update(transport, 'not-a-key');
      assert.deepEqual(
        [code, message],
        [
          'FAILED_PRECONDITION',
          'CMEK cannot be enabled on any project that has one or more queues with HTTP Target Override headers or tasks ttl of more than 60 days.',
        ],
      );
      const [detail] = details as { reason: string; domain: string }[];
      assert.equal(detail?.reason, 'UNSATISFIED_PRECONDITION_FOR_CMEK');
      assert.equal(detail?.domain, 'cloudtasks.googleapis.com');
      await transport.call('DeleteQueue', { name });
    }
  });
});
