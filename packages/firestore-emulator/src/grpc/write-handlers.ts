import { invalidArgument } from '../firestore-error.ts';
import type { BatchWriteRequest, CommitRequest, WireStatus, WireWrite } from '../protocol/messages.ts';
import {
  asFirestoreError,
  type CallContext,
  type FirestoreEngine,
} from '../transactions/firestore-engine.ts';
import { decodeWrite } from '../transactions/write.ts';
import { timestampOfMicros } from '../values/timestamp.ts';
import { encodeWriteResult } from './encode-messages.ts';

/** Source: Firestore's quotas page, "maximum API request size". */
const MAX_COMMIT_BYTES = 10 * 1024 * 1024;
/** Source: the comments on BatchWrite in firestore.proto's reference. */
const MAX_BATCH_WRITES = 500;

/** Commit: all writes or none. */
export async function commit(
  engine: FirestoreEngine,
  request: CommitRequest,
  context: CallContext,
  byteLength: number,
) {
  checkSize(byteLength);
  const writes = request.writes.map((write) => decodeWrite(write, context.database));
  const transaction = request.transaction.length === 0 ? undefined : request.transaction;
  const result = await engine.commit(context, writes, transaction);
  return {
    writeResults: result.writeResults.map(encodeWriteResult),
    commitTime: timestampOfMicros(result.commitMicros),
  };
}

/** BatchWrite: each write for itself, in no order, with a status of its own. */
export async function batchWrite(
  engine: FirestoreEngine,
  request: BatchWriteRequest,
  context: CallContext,
  byteLength: number,
) {
  checkSize(byteLength);
  if (request.writes.length > MAX_BATCH_WRITES) {
    throw invalidArgument(
      `A batch may have at most ${MAX_BATCH_WRITES} writes, got ${request.writes.length}.`,
    );
  }
  refuseRepeated(request.writes);
  const outcomes = await Promise.all(request.writes.map((write) => writeAlone(engine, write, context)));
  return {
    writeResults: outcomes.map(({ result }) => result),
    status: outcomes.map(({ status }) => status),
  };
}

async function writeAlone(engine: FirestoreEngine, wire: WireWrite, context: CallContext) {
  try {
    const { writeResults } = await engine.commit(context, [decodeWrite(wire, context.database)], undefined);
    const [result] = writeResults;
    const status: WireStatus = { code: 0, message: '' };
    return { status, result: result === undefined ? {} : encodeWriteResult(result) };
  } catch (error) {
    const { code, message } = asFirestoreError(error);
    return { status: { code, message }, result: {} };
  }
}

function refuseRepeated(writes: readonly WireWrite[]): void {
  const seen = new Set<string>();
  for (const write of writes) {
    const name = targetOf(write);
    if (name !== undefined && seen.has(name)) {
      throw invalidArgument(`A batch cannot write to the same document more than once: ${name}`);
    }
    if (name !== undefined) seen.add(name);
  }
}

function targetOf(write: WireWrite): string | undefined {
  switch (write.operation) {
    case 'update':
      return write.update.name;
    case 'delete':
      return write.delete;
    case 'transform':
      return write.transform.document;
    case undefined:
      return undefined;
  }
}

function checkSize(byteLength: number): void {
  if (byteLength > MAX_COMMIT_BYTES) {
    throw invalidArgument(
      `Transaction too big. Decrease transaction size: it is ${byteLength} bytes, at most ${MAX_COMMIT_BYTES} are allowed.`,
    );
  }
}
