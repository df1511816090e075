/**
 * The messages of google.firestore.v1 as the loader decodes them: int64 as decimal strings, enums by name, bytes
 * as Buffers, unset messages null, and for each oneof a member that names which of its fields is set.
 * Only what this emulator reads is listed. Source: build/protos/google/firestore/v1/*.proto of the client's package.
 */

export interface WireTimestamp {
  seconds: string;
  nanos: number;
}

export interface WireStatus {
  code: number;
  message: string;
}

export interface WireMap {
  fields: Record<string, WireValue>;
}

export type WireValue =
  | { valueType: 'nullValue'; nullValue: 'NULL_VALUE' }
  | { valueType: 'booleanValue'; booleanValue: boolean }
  | { valueType: 'integerValue'; integerValue: string }
  | { valueType: 'doubleValue'; doubleValue: number }
  | { valueType: 'timestampValue'; timestampValue: WireTimestamp }
  | { valueType: 'stringValue'; stringValue: string }
  | { valueType: 'bytesValue'; bytesValue: Uint8Array }
  | { valueType: 'referenceValue'; referenceValue: string }
  | { valueType: 'geoPointValue'; geoPointValue: { latitude: number; longitude: number } }
  | { valueType: 'arrayValue'; arrayValue: { values: WireValue[] } }
  | { valueType: 'mapValue'; mapValue: WireMap }
  | { valueType: 'fieldReferenceValue' | 'variableReferenceValue' | 'functionValue' | 'pipelineValue' }
  | { valueType?: undefined };

export interface WireDocument {
  name: string;
  fields: Record<string, WireValue>;
  createTime: WireTimestamp | null;
  updateTime: WireTimestamp | null;
}

export interface WireMask {
  fieldPaths: string[];
}

export type WirePrecondition =
  | { conditionType: 'exists'; exists: boolean }
  | { conditionType: 'updateTime'; updateTime: WireTimestamp }
  | { conditionType?: undefined };

export type WireTransform = { fieldPath: string } & (
  | {
      transformType: 'setToServerValue';
      setToServerValue: 'REQUEST_TIME' | 'SERVER_VALUE_UNSPECIFIED';
    }
  | { transformType: 'increment'; increment: WireValue }
  | { transformType: 'maximum'; maximum: WireValue }
  | { transformType: 'minimum'; minimum: WireValue }
  | { transformType: 'appendMissingElements'; appendMissingElements: { values: WireValue[] } }
  | { transformType: 'removeAllFromArray'; removeAllFromArray: { values: WireValue[] } }
  | { transformType?: undefined }
);

export type WireWrite = {
  updateMask: WireMask | null;
  updateTransforms: WireTransform[];
  currentDocument: WirePrecondition | null;
} & (
  | { operation: 'update'; update: WireDocument }
  | { operation: 'delete'; delete: string }
  | { operation: 'verify'; verify: string }
  | { operation: 'transform'; transform: { document: string; fieldTransforms: WireTransform[] } }
  | { operation?: undefined }
);

export interface WireWriteResult {
  updateTime: WireTimestamp | null;
  transformResults: WireValue[];
}

export type WireTransactionOptions =
  | {
      mode: 'readOnly';
      readOnly: { consistencySelector?: 'readTime'; readTime?: WireTimestamp };
    }
  | { mode: 'readWrite'; readWrite: { retryTransaction: Uint8Array } }
  | { mode?: undefined };

/** Where a read's data comes from: now, an open transaction, a new one, or a moment in the past. */
export type WireConsistency =
  | { consistencySelector: 'transaction'; transaction: Uint8Array }
  | { consistencySelector: 'newTransaction'; newTransaction: WireTransactionOptions }
  | { consistencySelector: 'readTime'; readTime: WireTimestamp }
  | { consistencySelector?: undefined };

export interface WireFieldReference {
  fieldPath: string;
}

export interface WireFieldFilter {
  field: WireFieldReference | null;
  op: string;
  value: WireValue | null;
}

export type WireFilter =
  | { filterType: 'compositeFilter'; compositeFilter: { op: string; filters: WireFilter[] } }
  | { filterType: 'fieldFilter'; fieldFilter: WireFieldFilter }
  | { filterType: 'unaryFilter'; unaryFilter: { op: string; field?: WireFieldReference } }
  | { filterType?: undefined };

export interface WireCursor {
  values: WireValue[];
  before: boolean;
}

export interface WireStructuredQuery {
  select: { fields: WireFieldReference[] } | null;
  from: { collectionId: string; allDescendants: boolean }[];
  where: WireFilter | null;
  orderBy: { field: WireFieldReference | null; direction: string }[];
  startAt: WireCursor | null;
  endAt: WireCursor | null;
  offset: number;
  limit: { value: number } | null;
  findNearest: WireFindNearest | null;
}

export interface WireFindNearest {
  vectorField: WireFieldReference | null;
  queryVector: WireValue | null;
  distanceMeasure: string;
  limit: { value: number } | null;
  distanceResultField: string;
  distanceThreshold: { value: number } | null;
}

export type WireAggregation = { alias: string } & (
  | { operator: 'count'; count: { upTo: { value: string } | null } }
  | { operator: 'sum'; sum: { field: WireFieldReference | null } }
  | { operator: 'avg'; avg: { field: WireFieldReference | null } }
  | { operator?: undefined }
);

export interface CommitRequest {
  database: string;
  writes: WireWrite[];
  transaction: Uint8Array;
}

export interface WriteRequest {
  /** May be empty after the first request. */
  database: string;
  streamId: string;
  writes: WireWrite[];
  streamToken: Uint8Array;
}

export interface WriteResponse {
  /** Set in the first response alone. */
  streamId: string;
  streamToken: Uint8Array;
  writeResults: WireWriteResult[];
  /** Null in the first response. */
  commitTime: WireTimestamp | null;
}

export interface BatchWriteRequest {
  database: string;
  writes: WireWrite[];
}

export type BatchGetDocumentsRequest = {
  database: string;
  documents: string[];
  mask: WireMask | null;
} & WireConsistency;

export type RunQueryRequest = {
  parent: string;
  structuredQuery?: WireStructuredQuery;
  explainOptions: { analyze: boolean } | null;
} & WireConsistency;

export type RunAggregationQueryRequest = {
  parent: string;
  structuredAggregationQuery?: {
    structuredQuery?: WireStructuredQuery;
    aggregations: WireAggregation[];
  };
  explainOptions: { analyze: boolean } | null;
} & WireConsistency;

export interface BeginTransactionRequest {
  database: string;
  options: WireTransactionOptions | null;
}

export interface RollbackRequest {
  database: string;
  transaction: Uint8Array;
}

/** What a Listen stream is to listen to, and from when on. */
export type WireTarget = { targetId: number; once: boolean } & (
  | { targetType: 'query'; query: { parent: string; structuredQuery?: WireStructuredQuery } }
  | { targetType: 'documents'; documents: { documents: string[] } }
  | { targetType?: undefined }
) &
  (
    | { resumeType: 'resumeToken'; resumeToken: Uint8Array }
    | { resumeType: 'readTime'; readTime: WireTimestamp }
    | { resumeType?: undefined }
  );

export type ListenRequest = { database: string } & (
  | { targetChange: 'addTarget'; addTarget: WireTarget }
  | { targetChange: 'removeTarget'; removeTarget: number }
  | { targetChange?: undefined }
);

export type GetDocumentRequest = { name: string; mask: WireMask | null } & WireConsistency;

export type ListDocumentsRequest = {
  parent: string;
  collectionId: string;
  pageSize: number;
  pageToken: string;
  orderBy: string;
  mask: WireMask | null;
  showMissing: boolean;
} & WireConsistency;

export type PartitionQueryRequest = {
  parent: string;
  structuredQuery?: WireStructuredQuery;
  partitionCount: string;
  pageSize: number;
  pageToken: string;
} & WireConsistency;

export type ListCollectionIdsRequest = {
  parent: string;
  pageSize: number;
  pageToken: string;
} & WireConsistency;

export interface CreateDocumentRequest {
  parent: string;
  collectionId: string;
  documentId: string;
  document: WireDocument | null;
  mask: WireMask | null;
}

export interface UpdateDocumentRequest {
  document: WireDocument | null;
  updateMask: WireMask | null;
  mask: WireMask | null;
  currentDocument: WirePrecondition | null;
}

export interface DeleteDocumentRequest {
  name: string;
  currentDocument: WirePrecondition | null;
}
