import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as Protobuf from 'protobufjs';
import { packageFolder, readJson } from '../grpc/descriptors.ts';

/** The messages of the API as protobufjs types, by their full names. */
export interface MessageTypes {
  lookup(name: string): Protobuf.Type;
}

/**
 * Reads the message types from the installed client library.
 * The protobufjs must be the one that proto3-json-serializer itself uses: it looks at the types' classes.
 */
export function loadMessageTypes(): MessageTypes {
  const serializer = packageFolder('proto3-json-serializer', import.meta.url);
  const { Root } = createRequire(join(serializer, 'package.json'))('protobufjs') as typeof Protobuf;
  const tasksFolder = packageFolder('@google-cloud/tasks', import.meta.url);
  const gaxFolder = packageFolder('google-gax', join(tasksFolder, 'package.json'));
  const tasks = Root.fromJSON(readJson(join(tasksFolder, 'build/protos/protos.json')));
  const locations = Root.fromJSON(readJson(join(gaxFolder, 'build/protos/locations.json')));
  return {
    lookup: (name) => (name.startsWith('google.cloud.location.') ? locations : tasks).lookupType(name),
  };
}
