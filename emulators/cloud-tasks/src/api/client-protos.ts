import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { fromJSON } from '@grpc/proto-loader';
import { packageFolder } from '@waybill/emulator-kit';
import { addToV2 } from './v2-additions.ts';

/** A parsed file of definitions, of which the loaders check the shape. */
type ProtoJson = Parameters<typeof fromJSON>[0];

/** The API's definitions of messages and services: the installed client library's, with what it lacks. */
export interface ClientProtos {
  readonly tasks: ProtoJson;
  readonly locations: ProtoJson;
  /** The folder of the .proto files that all Google clients share. */
  readonly sharedFolder: string;
}

/**
 * Reads the definitions from `@google-cloud/tasks`, and those that all Google clients share from its
 * `google-gax`. Both packages export no such files, so they are found by path.
 * @throws {Error} naming the file that isn't there
 */
export function readClientProtos(): ClientProtos {
  const tasksFolder = packageFolder('@google-cloud/tasks', import.meta.url);
  const gaxFolder = packageFolder('google-gax', join(tasksFolder, 'package.json'));
  const sharedFolder = join(gaxFolder, 'build', 'protos');
  return {
    tasks: addToV2(readJson(join(tasksFolder, 'build', 'protos', 'protos.json'))),
    locations: readJson(join(sharedFolder, 'locations.json')),
    sharedFolder,
  };
}

function readJson(file: string): ProtoJson {
  return JSON.parse(readFileSync(file, 'utf8')) as ProtoJson;
}
