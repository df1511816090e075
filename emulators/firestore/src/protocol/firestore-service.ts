import { fromJSON, type ServiceDefinition } from '@grpc/proto-loader';
import { readFirestoreDescriptors } from './firestore-descriptors.ts';
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

function loadService(): ServiceDefinition {
  const loaded = fromJSON(readFirestoreDescriptors() as Parameters<typeof fromJSON>[0], {
    longs: String,
    enums: String,
    defaults: true,
    arrays: true,
    objects: true,
    oneofs: true,
  });
  const service = loaded['google.firestore.v1.Firestore'];
  if (service === undefined) {
    throw new Error(
      'The descriptors hold no google.firestore.v1.Firestore: install @google-cloud/firestore anew',
    );
  }
  return service as ServiceDefinition;
}
