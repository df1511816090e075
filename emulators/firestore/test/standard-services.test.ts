import assert from 'node:assert/strict';
import { once } from 'node:events';
import { credentials, makeGenericClientConstructor, type ServiceError } from '@grpc/grpc-js';
import { loadSync, type ServiceDefinition } from '@grpc/proto-loader';
import { packageFolder } from '@waybill/emulator-kit';
import { service as healthService } from 'grpc-health-check';
import { type Fixture, startFixture } from './support/emulator-fixture.ts';

const FIRESTORE = 'google.firestore.v1.Firestore';

describe('gRPC reflection and health', () => {
  let fixture: Fixture;

  before(async () => {
    fixture = await startFixture();
  });
  after(() => fixture.close());

  const open = (definition: ServiceDefinition) => {
    const RawClient = makeGenericClientConstructor(definition, '');
    return new RawClient(`127.0.0.1:${fixture.port}`, credentials.createInsecure());
  };

  for (const version of ['v1', 'v1alpha']) {
    // biome-ignore lint/suspicious/noExplicitAny: each test looks into its own response
    const reflect = async (request: object): Promise<any> => {
      const includeDirs = [`${packageFolder('@grpc/reflection', import.meta.url)}/build/proto`];
      const file = `grpc/reflection/${version}/reflection.proto`;
      const loaded = loadSync(file, { includeDirs, keepCase: true, oneofs: true });
      const definition = loaded[`grpc.reflection.${version}.ServerReflection`] as ServiceDefinition;
      const method = definition['ServerReflectionInfo'] ?? assert.fail('no ServerReflectionInfo');
      const client = open(definition);
      const call = client.makeBidiStreamRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
      );
      call.write(request);
      const [response] = await once(call, 'data');
      call.end();
      client.close();
      return response;
    };

    it(`list the service (${version})`, async () => {
      const { list_services_response: list } = await reflect({ list_services: '*' });
      assert.ok(list.service.some(({ name }: { name: string }) => name === FIRESTORE));
    });

    it(`describe the service and a message (${version})`, async () => {
      for (const symbol of [FIRESTORE, 'google.firestore.v1.StructuredQuery']) {
        const { file_descriptor_response: found } = await reflect({ file_containing_symbol: symbol });
        assert.ok(found.file_descriptor_proto.length > 0, symbol);
      }
    });
  }

  it('say that the service is served', async () => {
    const client = open(healthService as unknown as ServiceDefinition);
    const check = (service: string) =>
      new Promise<{ status: string }>((resolve, reject) =>
        client['check']?.({ service }, (error: ServiceError | null, response: { status: string }) =>
          error === null ? resolve(response) : reject(error),
        ),
      );
    for (const service of ['', FIRESTORE]) assert.equal((await check(service)).status, 'SERVING', service);
    await assert.rejects(check('none'), { code: 5 });
    client.close();
  });
});
