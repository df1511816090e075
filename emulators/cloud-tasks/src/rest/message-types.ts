import type { MessageTypes } from '@waybill/emulator-kit/standard-services';
import protobuf from 'protobufjs';
import { type ClientProtos, readClientProtos } from '../api/client-protos.ts';

/** Makes types of the definitions. */
export function loadMessageTypes(protos: ClientProtos = readClientProtos()): MessageTypes {
  const tasks = protobuf.Root.fromJSON(protos.tasks);
  const locations = protobuf.Root.fromJSON(protos.locations);
  const rootOf = (name: string): protobuf.Root =>
    name.startsWith('google.cloud.location.') ? locations : tasks;
  return {
    lookup: (name) => rootOf(name).lookupType(name),
    lookupService(name) {
      const service = rootOf(name).lookupService(name);
      for (const method of service.methodsArray) method.resolve();
      return service;
    },
  };
}
