import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromJSON, type ServiceDefinition } from '@grpc/proto-loader';
import { packageFolder } from '@waybill/emulator-kit';
import type { WireDocument } from './messages.ts';

/** google.firestore.v1.Firestore: method names, paths, and how their messages are encoded. */
export const firestoreService: ServiceDefinition = loadService();

/** Encodes a Document message. */
export function encodeDocument(document: Partial<WireDocument>): Buffer {
  return getDocument.responseSerialize(document);
}

/** Decodes what `encodeDocument` made. */
export function decodeDocument(bytes: Uint8Array): WireDocument {
  return getDocument.responseDeserialize(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

const getDocument = firestoreService['GetDocument'] as {
  responseSerialize(document: Partial<WireDocument>): Buffer;
  responseDeserialize(bytes: Buffer): WireDocument;
};

/**
 * Reads the descriptors out of the installed client, so that both ends always speak the same version. By file
 * path, since the package doesn't export them.
 */
function loadService(): ServiceDefinition {
  const file = join(packageFolder('@google-cloud/firestore', import.meta.url), 'build/protos/v1.json');
  const loaded = fromJSON(withVerify(JSON.parse(readFileSync(file, 'utf8'))), {
    longs: String,
    enums: String,
    defaults: true,
    arrays: true,
    objects: true,
    oneofs: true,
  });
  const service = loaded['google.firestore.v1.Firestore'];
  if (service === undefined) {
    throw new Error(`${file} holds no google.firestore.v1.Firestore: install @google-cloud/firestore anew`);
  }
  return service as ServiceDefinition;
}

type Descriptors = Parameters<typeof fromJSON>[0];

/** A namespace of descriptors, or a message in one. */
interface Descriptor {
  nested?: Record<string, Descriptor>;
  oneofs?: { operation?: { oneof: string[] } };
  fields?: Record<string, { type: string; id: number }>;
}

/** Adds `Write.verify`: the published descriptors lack it, but web SDKs send it for what a transaction read only. */
function withVerify(root: Descriptor): Descriptors {
  const path = ['google', 'firestore', 'v1', 'Write'];
  const write = path.reduce((inside: Descriptor | undefined, name) => inside?.nested?.[name], root);
  if (write?.fields === undefined || write.oneofs?.operation === undefined) {
    throw new Error(
      `The descriptors hold no message ${path.join('.')}: install @google-cloud/firestore anew`,
    );
  }
  write.oneofs.operation.oneof.push('verify');
  write.fields['verify'] = { type: 'string', id: 5 };
  return root as Descriptors;
}
