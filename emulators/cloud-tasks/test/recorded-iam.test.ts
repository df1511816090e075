import assert from 'node:assert/strict';
import { PARENT, startTestEmulator, type TestEmulator } from './support/emulator.ts';
import { grpcTransport, restTransport, type Transport } from './support/transports.ts';

describe('IAM, as the service was recorded', () => {
  let test: TestEmulator;
  let transports: Transport[];

  before(async () => {
    test = await startTestEmulator();
    transports = [grpcTransport(test.emulator.port), restTransport(test.emulator.port)];
    for (const { name } of transports) {
      await test.client.createQueue({ parent: PARENT, queue: { name: resourceOf({ name }) } });
    }
  });
  after(async () => {
    for (const transport of transports) transport.close();
    await test.close();
  });

  const resourceOf = ({ name }: Pick<Transport, 'name'>): string => `${PARENT}/queues/${name}`;
  const set = (transport: Transport, policy?: object) =>
    transport.call('SetIamPolicy', { resource: resourceOf(transport), ...(policy && { policy }) });
  const get = async (transport: Transport) =>
    (
      await transport.call('GetIamPolicy', {
        resource: resourceOf(transport),
        options: { requestedPolicyVersion: 3 },
      })
    ).json;
  /** An etag as the transport takes it. */
  const etag = ({ name }: Transport, base64: string) =>
    name === 'gRPC' ? Buffer.from(base64, 'base64') : base64;

  it('starts with an empty policy', async () => {
    for (const transport of transports) assert.deepEqual(await get(transport), { etag: 'ACAB' });
  });

  it('merges roles and members of a policy', async () => {
    for (const transport of transports) {
      const { json } = await set(transport, {
        etag: etag(transport, 'ACAB'),
        bindings: [
          { role: 'roles/viewer', members: ['user:a@x.com', 'user:a@x.com'] },
          { role: 'roles/editor', members: [] },
          { role: 'projects/p/roles/own', members: ['allUsers'] },
          { role: 'roles/viewer', members: ['serviceAccount:s@x.com'] },
        ],
      });
      assert.deepEqual(Object.keys(json), ['version', 'etag', 'bindings']);
      assert.equal(json.version, 1);
      assert.deepEqual(json.bindings, [
        { role: 'roles/viewer', members: ['user:a@x.com', 'serviceAccount:s@x.com'] },
        { role: 'projects/p/roles/own', members: ['allUsers'] },
      ]);
      assert.deepEqual(await get(transport), json);

      const again = (await set(transport, { etag: etag(transport, json.etag), bindings: json.bindings }))
        .json;
      assert.notEqual(again.etag, json.etag);
      const { json: empty } = await set(transport);
      assert.deepEqual(empty, { version: 1, etag: empty.etag });
      assert.notEqual(empty.etag, again.etag);
    }
  });

  it('refuses a stale etag', async () => {
    for (const transport of transports) {
      await set(transport, {});
      const { code, message } = await set(transport, { etag: etag(transport, 'ACAB') });
      assert.equal(code, 'ABORTED');
      const start =
        "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff. The request's ETag '\\000 \\001' did not match";
      assert.ok(message.startsWith(start), message);
    }
  });

  const refused: [policy: object, text: string][] = [
    [
      { bindings: [{ role: 'viewer', members: ['user:a@x.com'] }] },
      'The role name must be in the form "roles/{role}", "organizations/{organization_id}/roles/{role}", or "projects/{project_id}/roles/{role}".',
    ],
    [
      { bindings: [{ role: 'roles/viewer', members: ['nobody'] }] },
      'The member nobody is of an unknown type. Please set a valid type prefix for the member.',
    ],
    [
      { bindings: [{ role: 'roles/viewer', members: ['robot:x@y.com'] }] },
      'The member robot:x@y.com is of an unknown type. Please set a valid type prefix for the member.',
    ],
    [
      {
        version: 3,
        bindings: [{ role: 'roles/viewer', members: ['user:a@x.com'], condition: { expression: 'true' } }],
      },
      "Can't set conditional policy on this resource",
    ],
    [
      { version: 4 },
      'Specified policy version (4) is not supported. For more information, please refer to https://cloud.google.com/iam/help/allow-policies/versions.',
    ],
  ];
  for (const [policy, text] of refused) {
    it(`refuses ${JSON.stringify(policy)}`, async () => {
      for (const transport of transports) {
        const { code, message } = await set(transport, policy);
        assert.deepEqual([code, message], ['INVALID_ARGUMENT', text]);
      }
    });
  }

  it('grants every permission that is asked for, sorted, duplicates too', async () => {
    for (const transport of transports) {
      const permissions = ['cloudtasks.tasks.run', 'cloudtasks.queues.get', 'cloudtasks.tasks.run'];
      const { json } = await transport.call('TestIamPermissions', {
        resource: resourceOf(transport),
        permissions,
      });
      assert.deepEqual(json.permissions, permissions.toSorted());
    }
  });

  const badPermissions: [permissions: string[], text: string][] = [
    [[], 'At least one permission must be specified.'],
    [['foo'], 'The permission foo is invalid.'],
    [['cloudtasks.queues.'], 'The permission cloudtasks.queues. is invalid.'],
    [['cloudtasks.*'], 'The permission cloudtasks.* is invalid.'],
    [['storage.objects.get', 'foo'], 'Permission storage.objects.get is not valid for this resource.'],
    [['foo', 'storage.objects.get'], 'The permission foo is invalid.'],
    [['cloudtasks.queues.create'], 'Permission cloudtasks.queues.create is not valid for this resource.'],
  ];
  for (const [permissions, text] of badPermissions) {
    it(`refuses to test ${JSON.stringify(permissions)}`, async () => {
      for (const transport of transports) {
        const { code, message } = await transport.call('TestIamPermissions', {
          resource: resourceOf(transport),
          permissions,
        });
        assert.deepEqual([code, message], ['INVALID_ARGUMENT', text]);
      }
    });
  }
});
