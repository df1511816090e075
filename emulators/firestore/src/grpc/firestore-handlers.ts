import type { ListenHub } from '../listen/listen-hub.ts';
import type {
  BatchGetDocumentsRequest,
  BatchWriteRequest,
  BeginTransactionRequest,
  CommitRequest,
  CreateDocumentRequest,
  DeleteDocumentRequest,
  GetDocumentRequest,
  ListCollectionIdsRequest,
  ListDocumentsRequest,
  PartitionQueryRequest,
  RollbackRequest,
  RunAggregationQueryRequest,
  RunQueryRequest,
  UpdateDocumentRequest,
} from '../protocol/messages.ts';
import type { FirestoreEngine } from '../transactions/firestore-engine.ts';
import { decodeTransactionOptions } from './decode-consistency.ts';
import { createDocument, deleteDocument, updateDocument } from './document-handlers.ts';
import { listCollectionIds, listDocuments } from './list-handlers.ts';
import { listen } from './listen-handler.ts';
import { partitionQuery } from './partition-query.ts';
import { batchGetDocuments, getDocument, runAggregationQuery, runQueryCall } from './read-handlers.ts';
import { streamed, unary } from './rpc.ts';
import { write } from './write-handler.ts';
import { batchWrite, commit } from './write-handlers.ts';

/** The calls that this emulator answers, by their names in google.firestore.v1.Firestore. */
export function firestoreHandlers(engine: FirestoreEngine, hub: ListenHub) {
  return {
    Commit: unary<CommitRequest>(
      (request) => request.database,
      (request, context, byteLength) => commit(engine, request, context, byteLength),
    ),
    BatchWrite: unary<BatchWriteRequest>(
      (request) => request.database,
      (request, context, byteLength) => batchWrite(engine, request, context, byteLength),
    ),
    BeginTransaction: unary<BeginTransactionRequest>(
      (request) => request.database,
      async (request, context) => ({
        transaction: engine.begin(context, decodeTransactionOptions(request.options)),
      }),
    ),
    Rollback: unary<RollbackRequest>(
      (request) => request.database,
      async (request) => {
        engine.rollback(request.transaction);
        return {};
      },
    ),
    BatchGetDocuments: streamed<BatchGetDocumentsRequest>(
      (request) => request.database,
      (request, context) => batchGetDocuments(engine, request, context),
    ),
    GetDocument: unary<GetDocumentRequest>(
      (request) => request.name,
      (request, context) => getDocument(engine, request, context),
    ),
    CreateDocument: unary<CreateDocumentRequest>(
      (request) => request.parent,
      (request, context) => createDocument(engine, request, context),
    ),
    UpdateDocument: unary<UpdateDocumentRequest>(
      (request) => request.document?.name ?? '',
      (request, context) => updateDocument(engine, request, context),
    ),
    DeleteDocument: unary<DeleteDocumentRequest>(
      (request) => request.name,
      (request, context) => deleteDocument(engine, request, context),
    ),
    ListDocuments: unary<ListDocumentsRequest>(
      (request) => request.parent,
      (request, context) => listDocuments(engine, request, context),
    ),
    ListCollectionIds: unary<ListCollectionIdsRequest>(
      (request) => request.parent,
      (request, context) => listCollectionIds(engine, request, context),
    ),
    RunQuery: streamed<RunQueryRequest>(
      (request) => request.parent,
      (request, context) => runQueryCall(engine, request, context),
    ),
    RunAggregationQuery: streamed<RunAggregationQueryRequest>(
      (request) => request.parent,
      (request, context) => runAggregationQuery(engine, request, context),
    ),
    PartitionQuery: unary<PartitionQueryRequest>(
      (request) => request.parent,
      (request, context) => partitionQuery(engine, request, context),
    ),
    Listen: listen(hub),
    Write: write(engine),
  };
}
