import { randomBytes } from 'node:crypto';
import { invalidArgument } from '../firestore-error.ts';
import type {
  CreateDocumentRequest,
  DeleteDocumentRequest,
  UpdateDocumentRequest,
  WireDocument,
  WireMask,
  WirePrecondition,
  WireWrite,
} from '../protocol/messages.ts';
import { decodeWrite } from '../transactions/decode-write.ts';
import type { CallContext, FirestoreEngine } from '../transactions/firestore-engine.ts';
import { parseParent } from '../values/resource-name.ts';
import { getDocument } from './read-handlers.ts';

/** CreateDocument: makes up an id if none is given. */
export async function createDocument(
  engine: FirestoreEngine,
  request: CreateDocumentRequest,
  context: CallContext,
) {
  const { collectionId, documentId, document } = request;
  if (document !== null && document.name !== '') throw invalidArgument('document.name must not be set');
  const parent = parseParent(request.parent, context.database);
  const id = documentId === '' ? randomId() : documentId;
  const name = `${parent.name}/${collectionId}/${id}`;
  const update = { name, fields: document?.fields ?? {}, createTime: null, updateTime: null };
  return write(engine, context, update, null, { conditionType: 'exists', exists: false }, request.mask);
}

/** UpdateDocument: makes the document if it isn't there, unless a precondition says otherwise. */
export async function updateDocument(
  engine: FirestoreEngine,
  request: UpdateDocumentRequest,
  context: CallContext,
) {
  const { document, updateMask, currentDocument, mask } = request;
  if (document === null) throw invalidArgument('document must be set');
  return write(engine, context, document, updateMask, currentDocument, mask);
}

/** DeleteDocument. */
export async function deleteDocument(
  engine: FirestoreEngine,
  request: DeleteDocumentRequest,
  context: CallContext,
) {
  const { name, currentDocument } = request;
  const wire: WireWrite = {
    operation: 'delete',
    delete: name,
    currentDocument,
    updateMask: null,
    updateTransforms: [],
  };
  await engine.commit(context, [decodeWrite(wire, context.database)], undefined);
  return {};
}

async function write(
  engine: FirestoreEngine,
  context: CallContext,
  update: WireDocument,
  updateMask: WireMask | null,
  currentDocument: WirePrecondition | null,
  mask: WireMask | null,
) {
  const wire: WireWrite = { operation: 'update', update, updateMask, currentDocument, updateTransforms: [] };
  const { commitMicros } = await engine.commit(context, [decodeWrite(wire, context.database)], undefined);
  return getDocument(engine, { name: update.name, mask }, context, commitMicros);
}

/** Twenty letters and digits, as the official clients make them up. */
function randomId(): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  let id = '';
  while (id.length < 20) {
    // 248 is the greatest multiple of 62 in a byte: above it some letters would be likelier.
    for (const byte of randomBytes(40)) {
      if (byte < 248 && id.length < 20) id += alphabet[byte % alphabet.length];
    }
  }
  return id;
}
