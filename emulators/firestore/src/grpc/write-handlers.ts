import { invalidArgument } from '../firestore-error.ts';
import type { BatchWriteRequest, CommitRequest, WireStatus } from '../protocol/messages.ts';
import { checkWrites } from '../transactions/check-writes.ts';
import { decodeWrite, type Write } from '../transactions/decode-write.ts';
import {
  asFirestoreError,
  type CallContext,
  type FirestoreEngine,
} from '../transactions/firestore-engine.ts';
import { timestampOfMicros } from '../values/timestamp.ts';
import { encodeWriteResult } from './encode-messages.ts';

/** Source: Firestore's quotas page, "maximum API request size". */
const MAX_COMMIT_BYTES = 10 * 1024 * 1024;

/** Commit: all writes or none. */
export async function commit(
  engine: FirestoreEngine,
  request: CommitRequest,
  context: CallContext,
  byteLength: number,
) {
  checkSize(byteLength);
  const writes = request.writes.map((write) => decodeWrite(write, context.database));
  checkWrites(writes);
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
  const writes = request.writes.map((write) => decodeWrite(write, context.database));
  if (new Set(writes.map((write) => write.name.name)).size < writes.length) {
    throw invalidArgument('the same document cannot be written more than once in a single request');
  }
  const outcomes = await Promise.all(writes.map((write) => writeAlone(engine, write, context)));
  return {
    writeResults: outcomes.map(({ result }) => result),
    status: outcomes.map(({ status }) => status),
  };
}

async function writeAlone(engine: FirestoreEngine, write: Write, context: CallContext) {
  try {
    const { writeResults } = await engine.commit(context, [write], undefined);
    const [result] = writeResults;
    const status: WireStatus = { code: 0, message: '' };
    return { status, result: result === undefined ? {} : encodeWriteResult(result) };
  } catch (error) {
    const { code, message } = asFirestoreError(error);
    return { status: { code, message }, result: {} };
  }
}

function checkSize(byteLength: number): void {
  if (byteLength > MAX_COMMIT_BYTES) {
    throw invalidArgument(
      `Transaction too big. Decrease transaction size: it is ${byteLength} bytes, at most ${MAX_COMMIT_BYTES} are allowed.`,
    );
  }
}
