import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { MessageTypeDefinition, PackageDefinition, ServiceDefinition } from '@grpc/proto-loader';
import { fromJSON, loadSync } from '@grpc/proto-loader';

/** The message and service definitions that the emulator speaks, as the installed client library has them. */
export interface Descriptors {
  readonly cloudTasks: ServiceDefinition;
  readonly locations: ServiceDefinition;
  readonly rpcStatus: MessageTypeDefinition<object, object>;
  readonly help: MessageTypeDefinition<object, object>;
}

/**
 * Reads the definitions from `@google-cloud/tasks`, and those that all Google clients share from its
 * `google-gax`. Both packages export no such files, so they are found by path.
 * @throws {Error} naming the file that isn't there
 */
export function loadDescriptors(): Descriptors {
  const tasksFolder = packageFolder('@google-cloud/tasks', import.meta.url);
  const gaxProtos = join(packageFolder('google-gax', join(tasksFolder, 'package.json')), 'build', 'protos');
  const options = { longs: Number, enums: String, defaults: true, oneofs: true } as const;
  const tasks = fromJSON(readJson(join(tasksFolder, 'build', 'protos', 'protos.json')), options);
  const locations = fromJSON(readJson(join(gaxProtos, 'locations.json')), options);
  const details = loadSync('google/rpc/error_details.proto', { includeDirs: [gaxProtos] });
  return {
    cloudTasks: member<ServiceDefinition>(tasks, 'google.cloud.tasks.v2.CloudTasks'),
    locations: member<ServiceDefinition>(locations, 'google.cloud.location.Locations'),
    rpcStatus: member<MessageTypeDefinition<object, object>>(tasks, 'google.rpc.Status'),
    help: member<MessageTypeDefinition<object, object>>(details, 'google.rpc.Help'),
  };
}

/** The folder of an installed package that doesn't export its package.json. */
export function packageFolder(name: string, from: string): string {
  let folder = dirname(createRequire(from).resolve(name));
  while (!existsSync(join(folder, 'package.json')) || packageName(folder) !== name) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`No package.json of ${name} above ${folder}`);
    folder = parent;
  }
  return folder;
}

/** The parsed file, of which proto-loader checks the shape. */
export function readJson(file: string): Parameters<typeof fromJSON>[0] {
  return JSON.parse(readFileSync(file, 'utf8')) as Parameters<typeof fromJSON>[0];
}

function packageName(folder: string): unknown {
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name?: unknown }).name;
}

function member<T>(definitions: PackageDefinition, name: string): T {
  const definition = definitions[name];
  if (definition === undefined) throw new Error(`The installed client library doesn't define ${name}`);
  return definition as T;
}
