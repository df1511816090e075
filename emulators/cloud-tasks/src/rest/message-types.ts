import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as Protobuf from 'protobufjs';
import { type ClientProtos, readClientProtos } from '../api/client-protos.ts';
import { packageFolder } from '../api/package-folder.ts';

/** The messages of the API as protobufjs types, by their full names. */
export interface MessageTypes {
  lookup(name: string): Protobuf.Type;
}

/**
 * Makes types of the definitions.
 * The protobufjs must be the one that proto3-json-serializer itself uses: it looks at the types' classes.
 */
export function loadMessageTypes(protos: ClientProtos = readClientProtos()): MessageTypes {
  const serializer = packageFolder('proto3-json-serializer', import.meta.url);
  const { Root } = createRequire(join(serializer, 'package.json'))('protobufjs') as typeof Protobuf;
  const tasks = Root.fromJSON(protos.tasks);
  const locations = Root.fromJSON(protos.locations);
  return {
    lookup: (name) => (name.startsWith('google.cloud.location.') ? locations : tasks).lookupType(name),
  };
}
