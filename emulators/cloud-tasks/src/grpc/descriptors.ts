import type { MessageTypeDefinition, PackageDefinition, ServiceDefinition } from '@grpc/proto-loader';
import { fromJSON, loadSync } from '@grpc/proto-loader';
import { type ClientProtos, readClientProtos } from '../api/client-protos.ts';
import type { ErrorDetail } from '../engine/cloud-tasks-error.ts';

/** Services and messages, as grpc-js and proto-loader take them. */
export interface Descriptors {
  /** The CloudTasks service of v2. */
  readonly cloudTasks: ServiceDefinition;
  /** A service by its full name. @throws {Error} if the definitions lack it */
  readonly service: (name: string) => ServiceDefinition;
  readonly rpcStatus: MessageTypeDefinition<object, object>;
  readonly errorDetails: Readonly<Record<ErrorDetail['type'], MessageTypeDefinition<object, object>>>;
}

/** @throws {Error} naming what the definitions lack */
export function loadDescriptors(protos: ClientProtos = readClientProtos()): Descriptors {
  const options = { longs: Number, enums: String, defaults: true, oneofs: true } as const;
  const tasks = fromJSON(protos.tasks, options);
  const locations = fromJSON(protos.locations, options);
  const details = loadSync('google/rpc/error_details.proto', { includeDirs: [protos.sharedFolder] });
  const message = (name: string) => member<MessageTypeDefinition<object, object>>(details, name);
  return {
    cloudTasks: member<ServiceDefinition>(tasks, 'google.cloud.tasks.v2.CloudTasks'),
    service: (name) =>
      member<ServiceDefinition>(name.startsWith('google.cloud.location.') ? locations : tasks, name),
    rpcStatus: member<MessageTypeDefinition<object, object>>(tasks, 'google.rpc.Status'),
    errorDetails: {
      Help: message('google.rpc.Help'),
      ErrorInfo: message('google.rpc.ErrorInfo'),
      LocalizedMessage: message('google.rpc.LocalizedMessage'),
      BadRequest: message('google.rpc.BadRequest'),
    },
  };
}

function member<T>(definitions: PackageDefinition, name: string): T {
  const definition = definitions[name];
  if (definition === undefined) throw new Error(`The installed client library doesn't define ${name}`);
  return definition as T;
}
