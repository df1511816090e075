import { randomBytes } from 'node:crypto';
import { GrpcStatus } from '@waybill/emulator-kit';
import { FirestoreError, invalidArgument } from '../firestore-error.ts';
import type { WriteRequest, WriteResponse } from '../protocol/messages.ts';
import type { CallContext, FirestoreEngine } from '../transactions/firestore-engine.ts';
import { databaseOf } from '../values/resource-name.ts';
import { commit } from './write-handlers.ts';

const STREAM_ID_BYTES = 8;
const TOKEN_BYTES = STREAM_ID_BYTES + 6;

/**
 * One stream of writes, as the SDKs for devices use it: a first request without writes, then one commit for each request,
 * in order. Source: the comments of WriteRequest and WriteResponse in google/firestore/v1/firestore.proto.
 */
export class WriteStream {
  readonly #engine: FirestoreEngine;
  readonly #contextOf: (database: string) => CallContext;
  readonly #id = randomBytes(STREAM_ID_BYTES);
  #context: CallContext | undefined;
  #sent = 0;
  #acknowledged = 0;

  /** @param contextOf the context of the call, once its database is known */
  constructor(engine: FirestoreEngine, contextOf: (database: string) => CallContext) {
    this.#engine = engine;
    this.#contextOf = contextOf;
  }

  /**
   * Applies the writes of a request.
   * @param byteLength the length of the request as it was sent
   * @throws {FirestoreError} which ends the stream; nothing of the request was written
   */
  async receive(request: WriteRequest, byteLength: number): Promise<WriteResponse> {
    if (this.#context === undefined) return this.#open(request);
    const context = this.#context;
    if (request.database !== '' && databaseOf(request.database) !== context.database) {
      throw invalidArgument(
        `This stream writes to ${context.database}; it can't change to ${request.database}.`,
      );
    }
    if (request.streamId !== '') throw invalidArgument('stream_id may only be set in the first message.');
    this.#acknowledge(request.streamToken);
    const transaction = new Uint8Array();
    const { writes } = request;
    const response = await commit(
      this.#engine,
      { database: context.database, writes, transaction },
      context,
      byteLength,
    );
    return { streamId: '', streamToken: this.#nextToken(), ...response };
  }

  #open({ database, streamId, streamToken, writes }: WriteRequest): WriteResponse {
    const name = databaseOf(database);
    if (writes.length > 0) throw invalidArgument('The first message of a write stream must not hold writes.');
    if (streamId !== '' || streamToken.length > 0) {
      const message = `The write stream "${streamId}" cannot be resumed: open a new one, without stream_id and stream_token.`;
      throw new FirestoreError(GrpcStatus.FAILED_PRECONDITION, message);
    }
    this.#context = this.#contextOf(name);
    const token = this.#nextToken();
    return {
      streamId: this.#id.toString('base64url'),
      streamToken: token,
      writeResults: [],
      commitTime: null,
    };
  }

  /** A token acknowledges all responses up to its own. One that came before may be sent again, an earlier one may not. */
  #acknowledge(token: Uint8Array): void {
    if (token.length === 0) return;
    const bytes = Buffer.from(token);
    const isOurs = bytes.length === TOKEN_BYTES && bytes.subarray(0, STREAM_ID_BYTES).equals(this.#id);
    const number = isOurs ? bytes.readUIntBE(STREAM_ID_BYTES, TOKEN_BYTES - STREAM_ID_BYTES) : -1;
    if (number < this.#acknowledged || number > this.#sent) {
      throw invalidArgument(
        'The stream_token is not one that this stream has sent and not acknowledged yet.',
      );
    }
    this.#acknowledged = number;
  }

  #nextToken(): Buffer {
    this.#sent += 1;
    const token = Buffer.alloc(TOKEN_BYTES);
    this.#id.copy(token);
    token.writeUIntBE(this.#sent, STREAM_ID_BYTES, TOKEN_BYTES - STREAM_ID_BYTES);
    return token;
  }
}
