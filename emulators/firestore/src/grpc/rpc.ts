import { once } from 'node:events';
import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  type ServerUnaryCall,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import type { CallTurns } from '@waybill/emulator-kit';
import { invalidArgument } from '../firestore-error.ts';
import { asFirestoreError, type CallContext } from '../transactions/firestore-engine.ts';
import { databaseOf } from '../values/resource-name.ts';
import { callContext } from './call-context.ts';

/** A request as it arrives: the message and how long it was on the wire, for the limits on sizes. */
export interface Received<Request> {
  readonly message: Request;
  readonly byteLength: number;
  /** Whether a string of it was no UTF-8. */
  readonly hasInvalidText: boolean;
}

/**
 * The message of a request.
 * @throws {FirestoreError} INVALID_ARGUMENT if a string of it was no UTF-8
 */
export function readMessage<Request>({ message, hasInvalidText }: Received<Request>): Request {
  if (hasInvalidText) throw invalidArgument('The request holds a string that is not valid UTF-8.');
  return message;
}

/**
 * A call with one answer.
 * @param turns when it runs
 * @param resourceOf names the database or something in it
 */
export function unary<Request>(
  turns: CallTurns,
  resourceOf: (request: Request) => string,
  handle: (request: Request, context: CallContext, byteLength: number) => Promise<object>,
): handleUnaryCall<Received<Request>, object> {
  return (call: ServerUnaryCall<Received<Request>, object>, callback) => {
    turns.run(call, () => {
      answer(async () => {
        const message = readMessage(call.request);
        return handle(message, callContext(call, databaseOf(resourceOf(message))), call.request.byteLength);
      }).then(
        (response) => callback(null, response),
        (error: unknown) => callback(statusOf(error)),
      );
    });
  };
}

/**
 * A call with a stream of answers.
 * @param turns when it runs
 * @param resourceOf names the database or something in it
 */
export function streamed<Request>(
  turns: CallTurns,
  resourceOf: (request: Request) => string,
  handle: (request: Request, context: CallContext) => AsyncIterable<object>,
): handleServerStreamingCall<Received<Request>, object> {
  return (call: ServerWritableStream<Received<Request>, object>) => {
    turns.run(call, () => {
      answer(async () => {
        const message = readMessage(call.request);
        const context = callContext(call, databaseOf(resourceOf(message)));
        for await (const response of handle(message, context)) {
          if (context.signal.aborted) return;
          // A client that reads slowly must not make this process hold all of a result.
          if (!call.write(response)) await once(call, 'drain', { signal: context.signal });
        }
      }).then(
        () => call.end(),
        (error: unknown) => {
          // The official client (gax's retry-request) repeats a stream that failed before any response headers twice,
          // over some 7 seconds, whatever the error. With headers it goes by the error's code, at once.
          call.sendMetadata(new Metadata());
          call.emit('error', statusOf(error));
        },
      );
    });
  };
}

async function answer<T>(run: () => Promise<T>): Promise<T> {
  return run();
}

function statusOf(error: unknown) {
  const { code, message } = asFirestoreError(error);
  return { code, details: message };
}
