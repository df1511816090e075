import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { GrpcCall, GrpcFailure, GrpcHandler } from '@waybill/emulator-kit';

/** Where the messages of a call go. */
export interface RestResponses {
  /** @returns false while the client reads too slowly; `drain` on the response tells when it has caught up */
  message(response: object): boolean;
  end(): void;
  fail(failure: GrpcFailure): void;
}

/** A request over HTTP in the form in which the handlers of gRPC calls take one. */
class RestCall extends EventEmitter {
  readonly request: unknown;
  readonly #response: ServerResponse;
  readonly #responses: RestResponses;
  #isDone = false;

  constructor(request: unknown, response: ServerResponse, responses: RestResponses) {
    super();
    this.request = request;
    this.#response = response;
    this.#responses = responses;
    response.on('drain', () => this.emit('drain'));
    response.once('close', () => {
      if (!this.#isDone) this.emit('cancelled');
    });
  }

  /** Whether nobody waits for a response any more. */
  get cancelled(): boolean {
    return this.#response.destroyed;
  }

  getPeer(): string {
    const { socket } = this.#response;
    return `${socket?.remoteAddress}:${socket?.remotePort}`;
  }

  sendMetadata(): void {}

  write(message: object): boolean {
    return this.cancelled || this.#responses.message(message);
  }

  end(): void {
    this.#isDone = true;
    if (!this.cancelled) this.#responses.end();
  }

  fail(failure: GrpcFailure): void {
    this.#isDone = true;
    if (!this.cancelled) this.#responses.fail(failure);
  }
}

/** Runs a handler of gRPC calls on a request that came over HTTP. The client's leaving cancels it. */
export function callHandler(
  handle: GrpcHandler,
  request: unknown,
  response: ServerResponse,
  responses: RestResponses,
): void {
  const call = new RestCall(request, response, responses);
  // It has all members that handlers of methods with one request use.
  handle(call as unknown as GrpcCall, (failure, message) => {
    if (failure !== null) return call.fail(failure);
    call.write(message as object);
    call.end();
  });
}
