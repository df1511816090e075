import protobuf, { type Enum, type Field, type Namespace, type Service, type Type } from 'protobufjs';

/** Numbers of google.protobuf.FieldDescriptorProto.Type. */
const SCALAR_TYPES: Readonly<Record<string, number>> = {
  double: 1,
  float: 2,
  int64: 3,
  uint64: 4,
  int32: 5,
  fixed64: 6,
  fixed32: 7,
  bool: 8,
  string: 9,
  bytes: 12,
  uint32: 13,
  sfixed32: 15,
  sfixed64: 16,
  sint32: 17,
  sint64: 18,
};
const MESSAGE_TYPE = 11;
const ENUM_TYPE = 14;
const OPTIONAL = 1;
const REPEATED = 3;

/** The messages and services of an API as protobufjs has them, by their full names. */
export interface MessageTypes {
  lookup(name: string): Type;
  /** Its methods are resolved. */
  lookupService(name: string): Service;
}

interface FileDescriptor {
  readonly name: string;
  readonly package: string;
  readonly dependency: string[];
  readonly messageType: object[];
  readonly enumType: object[];
  readonly service: object[];
  readonly syntax: 'proto3';
}

/**
 * Describes services, and all messages that they refer to, as encoded google.protobuf.FileDescriptorProto: one file for
 * each package. What proto-loader makes itself has neither dependencies nor protobuf's spelling of names, and clients
 * cannot use it.
 */
export function describeFiles(types: MessageTypes, serviceNames: readonly string[]): Buffer[] {
  const files = new Map<string, FileDescriptor>();
  const described = new Set<string>();
  for (const name of serviceNames) {
    const service = types.lookupService(name);
    fileOf(service).service.push(describeService(service));
    // Also those that only an Any holds, such as the metadata of operations.
    for (const each of service.parent?.nestedArray ?? []) {
      if (each instanceof protobuf.Type) refer(service, each);
    }
  }
  const type = types.lookup('google.protobuf.FileDescriptorProto');
  return [...files.values()].map((file) => {
    const message = type.fromObject({ ...file, dependency: file.dependency.toSorted() });
    return Buffer.from(type.encode(message).finish());
  });

  function fileOf(object: Namespace | Enum): FileDescriptor {
    const name = fileName(object);
    const known = files.get(name);
    if (known !== undefined) return known;
    const file: FileDescriptor = {
      name,
      package: packageOf(object).fullName.slice(1),
      dependency: [],
      messageType: [],
      enumType: [],
      service: [],
      syntax: 'proto3',
    };
    files.set(name, file);
    return file;
  }

  /** Describes what a message or a service refers to. @returns its absolute name */
  function refer(from: Namespace, to: Type | Enum): string {
    const file = fileOf(from);
    const dependency = fileName(to);
    if (dependency !== file.name && !file.dependency.includes(dependency)) file.dependency.push(dependency);
    const outermost = outermostOf(to);
    if (!described.has(outermost.fullName)) {
      described.add(outermost.fullName);
      const target = fileOf(outermost);
      if (outermost instanceof protobuf.Type) target.messageType.push(describeMessage(outermost));
      else target.enumType.push(describeEnum(outermost as Enum));
    }
    return to.fullName;
  }

  function describeService(service: Service): object {
    // Services that MessageTypes gives are resolved.
    const method = service.methodsArray.map((each) => {
      const { resolvedRequestType: request, resolvedResponseType: response } = each;
      if (!request || !response) throw new Error(`The definitions lack a message of ${each.fullName}`);
      return {
        name: each.name,
        inputType: refer(service, request),
        outputType: refer(service, response),
        clientStreaming: each.requestStream ?? false,
        serverStreaming: each.responseStream ?? false,
      };
    });
    return { name: service.name, method };
  }

  function describeMessage(type: Type): object {
    const nested = type.nestedArray;
    const fields = type.fieldsArray.map((field) => field.resolve());
    // The oneofs of optional fields come last, as protobuf demands.
    const oneofs = type.oneofsArray.toSorted((a, b) => Number(isSynthetic(a)) - Number(isSynthetic(b)));
    return {
      name: type.name,
      field: fields.map((field) => describeField(type, field, oneofs)),
      nestedType: [
        ...nested.filter((each) => each instanceof protobuf.Type).map(describeMessage),
        ...fields.filter((field) => field.map).map((field) => describeMapEntry(type, field)),
      ],
      enumType: nested.filter((each) => each instanceof protobuf.Enum).map(describeEnum),
      oneofDecl: oneofs.map(({ name }) => ({ name: snakeCase(name) })),
    };
  }

  function describeField(type: Type, field: Field, oneofs: readonly protobuf.OneOf[]): object {
    const { partOf } = field;
    const shared = {
      name: snakeCase(field.name),
      jsonName: field.name,
      number: field.id,
      ...(partOf && {
        oneofIndex: oneofs.indexOf(partOf),
        ...(isSynthetic(partOf) && { proto3Optional: true }),
      }),
    };
    if (!field.map) {
      return { ...shared, label: field.repeated ? REPEATED : OPTIONAL, ...typeOf(type, field) };
    }
    const typeName = `${type.fullName}.${entryName(field)}`;
    return { ...shared, label: REPEATED, type: MESSAGE_TYPE, typeName };
  }

  function describeMapEntry(type: Type, field: Field): object {
    const { keyType } = field as unknown as protobuf.MapField;
    return {
      name: entryName(field),
      options: { mapEntry: true },
      field: [
        { name: 'key', jsonName: 'key', number: 1, label: OPTIONAL, type: SCALAR_TYPES[keyType] },
        { name: 'value', jsonName: 'value', number: 2, label: OPTIONAL, ...typeOf(type, field) },
      ],
    };
  }

  function typeOf(from: Type, { type, resolvedType }: Field): object {
    if (resolvedType === null) return { type: SCALAR_TYPES[type] };
    const isMessage = resolvedType instanceof protobuf.Type;
    return { type: isMessage ? MESSAGE_TYPE : ENUM_TYPE, typeName: refer(from, resolvedType) };
  }
}

function describeEnum(type: Enum): object {
  const value = Object.entries(type.values).map(([name, number]) => ({ name, number }));
  return { name: type.name, value };
}

/** Whether a oneof stands for an optional field. */
function isSynthetic({ name, fieldsArray }: protobuf.OneOf): boolean {
  return name.startsWith('_') && fieldsArray.length === 1;
}

/** The well-known types are in the files that every client has. */
function fileName(object: Namespace | Enum): string {
  const name = packageOf(object).fullName.slice(1);
  const isWellKnown = name === 'google.protobuf';
  return `${name.replaceAll('.', '/')}/${isWellKnown ? snakeCase(outermostOf(object).name).slice(1) : 'api'}.proto`;
}

function packageOf(object: Namespace | Enum): Namespace {
  return outermostOf(object).parent ?? object.root;
}

/** The message or enum that a nested one is in, at the top of its file. */
function outermostOf(object: Namespace | Enum): Namespace | Enum {
  let found = object;
  while (found.parent instanceof protobuf.Type) found = found.parent;
  return found;
}

function entryName({ name }: Field): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}Entry`;
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
