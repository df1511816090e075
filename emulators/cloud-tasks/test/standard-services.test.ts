import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { type Client, credentials, makeGenericClientConstructor, type ServiceError } from '@grpc/grpc-js';
import { loadSync, type ServiceDefinition } from '@grpc/proto-loader';
import { packageFolder } from '@waybill/emulator-kit';
import { service as healthService } from 'grpc-health-check';
import protobuf, { type Root } from 'protobufjs';
import { startTestEmulator, type TestEmulator } from './support/emulator.ts';

const SERVICES = [
  'google.cloud.tasks.v2.CloudTasks',
  'google.cloud.tasks.v2beta3.CloudTasks',
  'google.cloud.tasks.v2beta2.CloudTasks',
  'google.longrunning.Operations',
  'google.cloud.location.Locations',
];

interface FileDescriptor {
  readonly name: string;
  readonly dependency: string[];
}
interface Descriptors {
  readonly FileDescriptorProto: { decode(bytes: Uint8Array): FileDescriptor };
}

/** protobufjs adds these to its classes. */
const descriptors = createRequire(import.meta.url)('protobufjs/ext/descriptor') as Descriptors;
const RootWithDescriptors = protobuf.Root as typeof Root & {
  fromDescriptor(set: { file: FileDescriptor[] }): Root;
};

describe('gRPC reflection and health', () => {
  let test: TestEmulator;
  const clients: Client[] = [];

  before(async () => {
    test = await startTestEmulator();
  });
  after(async () => {
    for (const client of clients) client.close();
    await test.close();
  });

  function open(definition: ServiceDefinition): Client {
    const RawClient = makeGenericClientConstructor(definition, '');
    const client = new RawClient(`127.0.0.1:${test.emulator.port}`, credentials.createInsecure());
    clients.push(client);
    return client;
  }

  /** Asks one question of reflection. */
  // biome-ignore lint/suspicious/noExplicitAny: each test looks into its own response
  async function reflect(version: 'v1' | 'v1alpha', request: object): Promise<any> {
    const folder = packageFolder('@grpc/reflection', import.meta.url);
    const file = `grpc/reflection/${version}/reflection.proto`;
    const loaded = loadSync(file, { includeDirs: [`${folder}/build/proto`], keepCase: true, oneofs: true });
    const client = open(loaded[`grpc.reflection.${version}.ServerReflection`] as ServiceDefinition);
    const call = client.makeBidiStreamRequest(
      `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
      methodOf(loaded, version).requestSerialize,
      methodOf(loaded, version).responseDeserialize,
    );
    call.write(request);
    const [response] = await once(call, 'data');
    call.end();
    return response;
  }
  function methodOf(loaded: ReturnType<typeof loadSync>, version: string) {
    const service = loaded[`grpc.reflection.${version}.ServerReflection`] as ServiceDefinition;
    return service['ServerReflectionInfo'] ?? assert.fail('no ServerReflectionInfo');
  }

  for (const version of ['v1', 'v1alpha'] as const) {
    it(`list the services (${version})`, async () => {
      const { list_services_response: list } = await reflect(version, { list_services: '*' });
      const names = list.service.map(({ name }: { name: string }) => name);
      for (const name of [...SERVICES, 'grpc.health.v1.Health']) assert.ok(names.includes(name), name);
    });

    it(`describe every service whole (${version})`, async () => {
      for (const name of SERVICES) {
        const { file_descriptor_response: response } = await reflect(version, {
          file_containing_symbol: name,
        });
        const files = response.file_descriptor_proto.map((bytes: Buffer) =>
          descriptors.FileDescriptorProto.decode(bytes),
        ) as FileDescriptor[];
        const fileNames = files.map((file) => file.name);
        for (const { dependency } of files) {
          for (const needed of dependency) assert.ok(fileNames.includes(needed), `${name} needs ${needed}`);
        }
        const root = RootWithDescriptors.fromDescriptor({ file: files });
        root.resolveAll();
        assert.ok(root.lookupService(name).methodsArray.length > 0);
      }
    });
  }

  it('describe fields by their names and numbers, those that npm lacks too', async () => {
    const { file_descriptor_response: response } = await reflect('v1', {
      file_containing_symbol: 'google.cloud.tasks.v2.Queue',
    });
    const files = response.file_descriptor_proto.map((bytes: Buffer) =>
      descriptors.FileDescriptorProto.decode(bytes),
    ) as FileDescriptor[];
    const root = RootWithDescriptors.fromDescriptor({ file: files });
    const ids = (type: string) =>
      Object.fromEntries(root.lookupType(type).fieldsArray.map(({ name, id }) => [name, id]));
    assert.equal(ids('google.cloud.tasks.v2.Queue')['http_target'], 10);
    assert.equal(ids('google.cloud.tasks.v2.Task')['retry_config'], 12);
    assert.deepEqual(ids('google.cloud.tasks.v2.BatchDeleteTasksRequest'), {
      parent: 1,
      names: 2,
      request_id: 3,
    });
  });

  it('say that the server and each service are serving', async () => {
    const client = open(healthService as unknown as ServiceDefinition) as Client & {
      check(request: object, done: (error: ServiceError | null, response?: { status: string }) => void): void;
    };
    const check = (service: string) =>
      new Promise((resolve) =>
        client.check({ service }, (error, response) => resolve(error?.code ?? response?.status)),
      );
    for (const service of ['', ...SERVICES]) assert.equal(await check(service), 'SERVING');
    assert.equal(await check('nobody.Knows'), 5);
  });
});
