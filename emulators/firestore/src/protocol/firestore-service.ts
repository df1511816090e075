import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import type { WireDocument } from './messages.ts';

/** google.firestore.v1.Firestore: method names, paths, and how their messages are encoded. */
export const firestoreService: ServiceDefinition<UntypedServiceImplementation> = loadService();

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
 * path, since the package doesn't export them; its package.json is exported.
 */
function loadService(): ServiceDefinition<UntypedServiceImplementation> {
  const manifest = createRequire(import.meta.url).resolve('@google-cloud/firestore/package.json');
  const file = join(dirname(manifest), 'build/protos/v1.json');
  const loaded = fromJSON(JSON.parse(readFileSync(file, 'utf8')), {
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
  return service as ServiceDefinition<UntypedServiceImplementation>;
}
