import { EventEmitter } from 'node:events';
import { ErrorCode } from '../http2/error-code.ts';
import type { Http2Stream, StreamHandler } from '../http2/http2-stream.ts';
import { decompress } from './decompress.ts';
import type { GrpcMethod } from './grpc-service.ts';
import { GrpcError, type GrpcFailure, GrpcStatus } from './grpc-status.ts';
import { MessageReader, type WireMessage } from './message-reader.ts';
import type { ReceiveBudget } from './receive-budget.ts';
import type { RequestMetadata } from './request-metadata.ts';
import { failureTrailers, OK_TRAILERS, RESPONSE_HEADERS, trailersOnly } from './response-blocks.ts';

const PREFIX_BYTES = 5;

/** Answers a unary call. */
export type Respond = (failure: GrpcFailure | null, response?: unknown) => void;

/**
 * Handles the calls of a method. A unary method gets `respond`; others write to the call and end it. Methods that take
 * one request have it in `call.request`; others get requests by the event `data`.
 */
export type GrpcHandler = (call: GrpcCall, respond: Respond) => void;

/** Everything a call needs to run. */
export interface CallOptions {
  readonly stream: Http2Stream;
  readonly method: GrpcMethod;
  readonly handle: GrpcHandler;
  readonly metadata: RequestMetadata;
  /** Such as `127.0.0.1:5123`. */
  readonly peer: string;
  readonly timeoutMs: number | undefined;
  readonly encoding: string;
  readonly maxReceiveBytes: number;
  readonly budget: ReceiveBudget;
  readonly wallClockMs: () => number;
  /** Runs a call whose request has arrived when it is its turn. */
  readonly schedule: (call: GrpcCall, run: () => void) => void;
}

/**
 * A call. Events: `data` and `end` where the client streams, `drain` after `write` returned false, and `cancelled` when
 * nobody waits for a response any more: the client has gone, the deadline has passed, or a message was faulty.
 */
export class GrpcCall extends EventEmitter implements StreamHandler {
  readonly #options: CallOptions;
  readonly #stream: Http2Stream;
  readonly #reader: MessageReader;
  readonly #deadlineMs: number;
  readonly #deadline: NodeJS.Timeout | undefined;
  #waiting: WireMessage[] = [];
  /** Received bytes whose window the client gets back once their messages were delivered. */
  #heldBytes = 0;
  #requestEnded = false;
  #endDelivered = false;
  #isDecompressing = false;
  #isDelivering = false;
  #isPaused = false;
  #request: unknown;
  #hasRequest = false;
  #sentHeaders = false;
  #ended = false;
  #cancelled = false;

  constructor(options: CallOptions) {
    super();
    const { timeoutMs } = options;
    this.#options = options;
    this.#stream = options.stream;
    this.#reader = new MessageReader({
      maxBytes: options.maxReceiveBytes,
      budget: options.budget,
      onMessage: (message) => this.#waiting.push(message),
    });
    this.#deadlineMs = timeoutMs === undefined ? Number.POSITIVE_INFINITY : options.wallClockMs() + timeoutMs;
    if (timeoutMs !== undefined) this.#deadline = setTimeout(() => this.#expire(), timeoutMs);
  }

  /** The request of a method that takes one. */
  // biome-ignore lint/suspicious/noExplicitAny: messages differ by method
  get request(): any {
    return this.#request;
  }

  /** Whether nobody waits for a response: the client has gone, or the deadline has passed. */
  get cancelled(): boolean {
    return this.#cancelled;
  }

  get metadata(): RequestMetadata {
    return this.#options.metadata;
  }

  getPeer(): string {
    return this.#options.peer;
  }

  /** Milliseconds since 1970; Infinity without a deadline. */
  getDeadline(): number {
    return this.#deadlineMs;
  }

  override on(event: string, listener: (...args: never[]) => void): this {
    super.on(event, listener as (...args: unknown[]) => void);
    if (event === 'data') this.resume();
    return this;
  }

  /** Starts a handler that gets its requests by events. */
  begin(): void {
    this.#guard(() => this.#options.handle(this, refuseResponse));
  }

  /** Sends the response headers ahead of the first message. */
  sendMetadata(): void {
    if (this.#sentHeaders || this.#ended) return;
    this.#sentHeaders = true;
    this.#stream.sendHeaders(RESPONSE_HEADERS);
  }

  /** Sends a message of a stream. @returns whether more should follow at once; else `drain` tells when */
  write(response: unknown): boolean {
    if (this.#ended) return true;
    const message = this.#serialize(response);
    if (message === undefined) return true;
    this.sendMetadata();
    return this.#stream.sendData(message);
  }

  /** Ends a stream with OK. */
  end(): void {
    if (!this.#finish()) return;
    if (!this.#sentHeaders) this.#stream.sendHeaders(RESPONSE_HEADERS);
    this.#stream.sendTrailers(OK_TRAILERS);
  }

  /** Ends the call with a failure. Messages written before it are sent first. */
  fail(failure: GrpcFailure): void {
    if (!this.#finish()) return;
    if (this.#sentHeaders) this.#stream.sendTrailers(failureTrailers(failure));
    else this.#stream.sendHeadersOnly(trailersOnly(failure));
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#deliver();
  }

  // For the stream.

  onData(bytes: Buffer): void {
    if (this.#ended) {
      this.#stream.consume(bytes.length);
      return;
    }
    this.#heldBytes += bytes.length;
    try {
      this.#reader.read(bytes);
    } catch (error) {
      this.#failFor(error);
      return;
    }
    this.#deliver();
  }

  onEnd(): void {
    this.#requestEnded = true;
    if (this.#reader.isWithinMessage) {
      this.#refuse({ code: GrpcStatus.INTERNAL, details: 'The request ends within a message' });
      return;
    }
    this.#deliver();
  }

  onDrain(): void {
    this.#guard(() => this.emit('drain'));
  }

  onCancel(): void {
    this.#finish();
    this.#cancel();
  }

  #cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.#guard(() => this.emit('cancelled', 'cancelled'));
  }

  /** Ends the call for a fault that its handler does not know of yet. */
  #refuse(failure: GrpcFailure): void {
    this.fail(failure);
    this.#cancel();
  }

  #expire(): void {
    this.fail({ code: GrpcStatus.DEADLINE_EXCEEDED, details: 'Deadline exceeded' });
    // What waits for a window would keep the stream open for as long as the client likes.
    this.#stream.reset(ErrorCode.CANCEL);
    this.#cancel();
  }

  /** Delivers what may be delivered, in the order of arrival. */
  #deliver(): void {
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    while (this.#mayDeliver && this.#waiting.length > 0) this.#deliverNext();
    this.#isDelivering = false;
    if (this.#waiting.length > 0 || this.#isDecompressing) return;
    this.#stream.consume(this.#heldBytes);
    this.#heldBytes = 0;
    if (this.#requestEnded && !this.#endDelivered && this.#mayDeliver) {
      this.#endDelivered = true;
      this.#deliverEnd();
    }
  }

  get #mayDeliver(): boolean {
    return !this.#isPaused && !this.#isDecompressing && !this.#ended;
  }

  #deliverNext(): void {
    const { method } = this.#options;
    if (method.requestStream && this.listenerCount('data') === 0) {
      this.#isPaused = true;
      return;
    }
    const message = this.#waiting.shift();
    if (message === undefined) return;
    if (message.isCompressed) {
      this.#decompress(message.bytes);
      return;
    }
    if (!method.requestStream && this.#hasRequest) {
      const details = `Received a second request message for method ${method.path}`;
      this.#refuse({ code: GrpcStatus.UNIMPLEMENTED, details });
      return;
    }
    let request: unknown;
    try {
      request = method.requestDeserialize(message.bytes);
    } catch (error) {
      const details = `Error deserializing request: ${textOf(error)}`;
      this.#refuse({ code: GrpcStatus.INTERNAL, details });
      return;
    }
    if (method.requestStream) {
      this.#guard(() => this.emit('data', request));
      return;
    }
    this.#request = request;
    this.#hasRequest = true;
  }

  #decompress(bytes: Buffer): void {
    const { encoding, maxReceiveBytes } = this.#options;
    this.#isDecompressing = true;
    decompress(encoding, bytes, maxReceiveBytes, (error, message) => {
      this.#isDecompressing = false;
      if (this.#ended) return;
      if (error !== undefined) {
        this.#refuse(error);
        return;
      }
      this.#waiting.unshift({ isCompressed: false, bytes: message });
      this.#deliver();
    });
  }

  #deliverEnd(): void {
    const { method, schedule } = this.#options;
    if (method.requestStream) {
      this.#guard(() => this.emit('end'));
    } else if (this.#hasRequest) {
      schedule(this, () => this.#run());
    } else {
      const details = `Received no request message for method ${method.path}`;
      this.#refuse({ code: GrpcStatus.UNIMPLEMENTED, details });
    }
  }

  #run(): void {
    if (this.#options.wallClockMs() >= this.#deadlineMs) {
      this.#expire();
      return;
    }
    this.#guard(() => {
      this.#options.handle(this, (failure, response) => {
        if (failure !== null) this.fail(failure);
        else this.#respond(response);
      });
    });
  }

  #respond(response: unknown): void {
    if (this.#ended) return;
    const message = this.#serialize(response);
    if (message === undefined || !this.#finish()) return;
    if (this.#sentHeaders) {
      this.#stream.sendData(message);
      this.#stream.sendTrailers(OK_TRAILERS);
    } else {
      this.#stream.sendWhole(RESPONSE_HEADERS, message, OK_TRAILERS);
    }
  }

  /** The message with its prefix; undefined where it cannot be written: then the call has failed. */
  #serialize(response: unknown): Buffer | undefined {
    try {
      const encoded = this.#options.method.responseSerialize(response);
      const message = Buffer.allocUnsafe(PREFIX_BYTES + encoded.length);
      message[0] = 0;
      message.writeUInt32BE(encoded.length, 1);
      message.set(encoded, PREFIX_BYTES);
      return message;
    } catch (error) {
      const details = `Error serializing response: ${textOf(error)}`;
      this.#refuse({ code: GrpcStatus.INTERNAL, details });
      return undefined;
    }
  }

  /** Runs a handler's code: its fault is the call's, never the process's. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#failFor(error);
    }
  }

  #failFor(error: unknown): void {
    if (error instanceof GrpcError) this.#refuse(error);
    else {
      const details = `Server method handler threw error ${textOf(error)}`;
      this.#refuse({ code: GrpcStatus.UNKNOWN, details });
    }
  }

  /** @returns false if the call has ended before */
  #finish(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    clearTimeout(this.#deadline);
    this.#reader.release();
    this.#waiting = [];
    return true;
  }
}

function refuseResponse(): void {
  throw new Error('A streaming method has no single response: write to the call and end it');
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
