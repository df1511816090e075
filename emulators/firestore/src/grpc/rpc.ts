import { once } from 'node:events';
import type { GrpcFailure, GrpcHandler } from '@waybill/emulator-kit';
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
 * @param resourceOf names the database or something in it
 */
export function unary<Request>(
  resourceOf: (request: Request) => string,
  handle: (request: Request, context: CallContext, byteLength: number) => Promise<object>,
): GrpcHandler {
  return (call, respond) => {
    const received: Received<Request> = call.request;
    answer(async () => {
      const message = readMessage(received);
      return handle(message, callContext(call, databaseOf(resourceOf(message))), received.byteLength);
    }).then(
      (response) => respond(null, response),
      (error: unknown) => respond(statusOf(error)),
    );
  };
}

/**
 * A call with a stream of answers.
 * @param resourceOf names the database or something in it
 */
export function streamed<Request>(
  resourceOf: (request: Request) => string,
  handle: (request: Request, context: CallContext) => AsyncIterable<object>,
): GrpcHandler {
  return (call) => {
    const received: Received<Request> = call.request;
    answer(async () => {
      const message = readMessage(received);
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
        call.sendMetadata();
        call.fail(statusOf(error));
      },
    );
  };
}

async function answer<T>(run: () => Promise<T>): Promise<T> {
  return run();
}

function statusOf(error: unknown): GrpcFailure {
  const { code, message } = asFirestoreError(error);
  return { code, details: message };
}
