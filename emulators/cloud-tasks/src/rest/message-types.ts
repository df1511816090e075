import protobuf, { type Type } from 'protobufjs';
import { type ClientProtos, readClientProtos } from '../api/client-protos.ts';

/** The messages of the API as protobufjs types, by their full names. */
export interface MessageTypes {
  lookup(name: string): Type;
}

/** Makes types of the definitions. */
export function loadMessageTypes(protos: ClientProtos = readClientProtos()): MessageTypes {
  const tasks = protobuf.Root.fromJSON(protos.tasks);
  const locations = protobuf.Root.fromJSON(protos.locations);
  return {
    lookup: (name) => (name.startsWith('google.cloud.location.') ? locations : tasks).lookupType(name),
  };
}
