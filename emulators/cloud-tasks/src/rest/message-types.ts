import protobuf, { type Service, type Type } from 'protobufjs';
import { type ClientProtos, readClientProtos } from '../api/client-protos.ts';

/** The messages and services of the API as protobufjs has them, by their full names. */
export interface MessageTypes {
  lookup(name: string): Type;
  /** Its methods are resolved. */
  lookupService(name: string): Service;
}

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
