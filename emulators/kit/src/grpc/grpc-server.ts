import type { Socket } from 'node:net';
import type { AllowedHosts } from '../http/allowed-hosts.ts';
import { encodeHeaderBlock } from '../http2/hpack/encode-header-block.ts';
import { Http2Connection, type Http2Limits } from '../http2/http2-connection.ts';
import type { Http2Stream, StreamHandler } from '../http2/http2-stream.ts';
import type { RequestHead } from '../http2/request-head.ts';
import { CallTurns } from './call-turns.ts';
import { ACCEPTED_ENCODINGS, isKnownEncoding } from './decompress.ts';
import { GrpcCall, type GrpcHandler } from './grpc-call.ts';
import type { GrpcMethod, GrpcServiceDefinition } from './grpc-service.ts';
import { type GrpcFailure, GrpcStatus } from './grpc-status.ts';
import { parseGrpcTimeout } from './grpc-timeout.ts';
import { ReceiveBudget } from './receive-budget.ts';
import { RequestMetadata } from './request-metadata.ts';
import { trailersOnly } from './response-blocks.ts';

const DEFAULT_MAX_RECEIVE_BYTES = 4 * 1024 * 1024;
const DEFAULT_LIMITS: Http2Limits = {
  maxConcurrentStreams: 2_000,
  maxHeaderListBytes: 64 * 1024,
  headersMs: 10_000,
  nowMs: () => performance.now(),
};
/** Requests that are being received take at most this much, or four of the maximum size. */
const MIN_BUDGET_BYTES = 128 * 1024 * 1024;
/** A peer that is silent for twice this long is pinged, then cut. */
const KEEPALIVE_MS = 120_000;
const GRPC_CONTENT_TYPE = /^application\/grpc(?:$|[+;])/;

export interface GrpcServerOptions {
  /** Maximum size of a request message, also after decompression. Default 4 MiB. */
  readonly maxReceiveBytes?: number;
  readonly limits?: Partial<Http2Limits>;
  /** The time that deadlines are told in; default `Date.now`. */
  readonly wallClockMs?: () => number;
  readonly keepaliveMs?: number;
}

/** A gRPC server on connections that it is given. */
export class GrpcServer {
  readonly #methods = new Map<string, { method: GrpcMethod; handle: GrpcHandler }>();
  readonly #connections = new Set<Http2Connection>();
  readonly #maxReceiveBytes: number;
  readonly #limits: Http2Limits;
  readonly #wallClockMs: () => number;
  readonly #keepaliveMs: number;
  readonly #budget: ReceiveBudget;
  readonly #turns = new CallTurns();
  #keepalive: NodeJS.Timeout | undefined;

  constructor(options: GrpcServerOptions = {}) {
    this.#maxReceiveBytes = options.maxReceiveBytes ?? DEFAULT_MAX_RECEIVE_BYTES;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#wallClockMs = options.wallClockMs ?? Date.now;
    this.#keepaliveMs = options.keepaliveMs ?? KEEPALIVE_MS;
    this.#budget = new ReceiveBudget(Math.max(MIN_BUDGET_BYTES, 4 * this.#maxReceiveBytes));
  }

  /**
   * Adds the methods of a service. A method without a handler answers UNIMPLEMENTED.
   * @throws {Error} if a method was added before
   */
  addService(definition: GrpcServiceDefinition, handlers: Readonly<Record<string, GrpcHandler>>): void {
    for (const [name, method] of Object.entries(definition)) {
      const handle = handlers[name] ?? handlers[method.originalName ?? name];
      if (handle === undefined) continue;
      if (this.#methods.has(method.path)) throw new Error(`The method ${method.path} was added before`);
      this.#methods.set(method.path, { method, handle });
    }
  }

  /**
   * Takes over a connection whose first bytes, unread still, are HTTP/2's preface.
   * @param hosts the hosts that calls may name
   */
  accept(socket: Socket, hosts: AllowedHosts): void {
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    const connection = new Http2Connection(socket, this.#limits, (stream, head) =>
      this.#openFrom(hosts, stream, head, peer),
    );
    this.#connections.add(connection);
    socket.once('close', () => {
      this.#connections.delete(connection);
      if (this.#connections.size > 0) return;
      clearInterval(this.#keepalive);
      this.#keepalive = undefined;
    });
    this.#keepalive ??= setInterval(() => {
      for (const each of this.#connections) each.checkAlive();
    }, this.#keepaliveMs).unref();
  }

  /** Tells all clients to go away. Each connection closes with its last call. */
  drain(): void {
    for (const connection of this.#connections) connection.drain();
  }

  #openFrom(hosts: AllowedHosts, stream: Http2Stream, head: RequestHead, peer: string): StreamHandler {
    const hostFields = head.fields.filter(({ name }) => name === 'host').map(({ value }) => value);
    // A call that names no host at all is refused as well.
    const authorities = head.authority === '' && hostFields.length > 0 ? [] : [head.authority];
    const foreign = [...authorities, ...hostFields].find((authority) => !hosts.allows(authority));
    if (foreign === undefined) return this.#open(stream, head, peer);
    return refuse(stream, { code: GrpcStatus.PERMISSION_DENIED, details: hosts.refusalOf(foreign) });
  }

  #open(stream: Http2Stream, head: RequestHead, peer: string): StreamHandler {
    const fields = new Map(head.fields.map(({ name, value }) => [name, value]));
    if (!GRPC_CONTENT_TYPE.test(fields.get('content-type') ?? '')) return new Refusal(stream, NOT_GRPC);
    if (head.method !== 'POST') return new Refusal(stream, NOT_POST);
    const known = this.#methods.get(head.path);
    if (known === undefined) {
      const details = `The server does not implement the method ${head.path}`;
      return refuse(stream, { code: GrpcStatus.UNIMPLEMENTED, details });
    }
    const encoding = fields.get('grpc-encoding') ?? 'identity';
    if (!isKnownEncoding(encoding)) {
      const details = `Received message compressed with unsupported encoding "${encoding}"`;
      const trailers = { 'grpc-accept-encoding': ACCEPTED_ENCODINGS };
      return refuse(stream, { code: GrpcStatus.UNIMPLEMENTED, details, trailers });
    }
    const timeout = fields.get('grpc-timeout');
    let timeoutMs: number | undefined;
    try {
      timeoutMs = timeout === undefined ? undefined : parseGrpcTimeout(timeout);
    } catch (error) {
      return refuse(stream, { code: GrpcStatus.INTERNAL, details: (error as Error).message });
    }
    const call = new GrpcCall({
      stream,
      ...known,
      metadata: new RequestMetadata(head.fields),
      peer,
      timeoutMs,
      encoding,
      maxReceiveBytes: this.#maxReceiveBytes,
      budget: this.#budget,
      wallClockMs: this.#wallClockMs,
      schedule: (scheduled, run) => this.#turns.run(scheduled, run),
    });
    stream.handler = call;
    if (known.method.requestStream) call.begin();
    return call;
  }
}

const TEXT = Buffer.from(
  'This port serves gRPC over HTTP/2, and REST over HTTP/1.1. This HTTP/2 request is not gRPC.\n',
);
const NOT_GRPC = encodeHeaderBlock([
  [':status', '415'],
  ['content-type', 'text/plain'],
  ['content-length', String(TEXT.length)],
]);
const NOT_POST = encodeHeaderBlock([
  [':status', '405'],
  ['content-type', 'text/plain'],
  ['allow', 'POST'],
  ['content-length', String(TEXT.length)],
]);

/** Answers a request that is not gRPC once it has arrived, and reads over its body. */
class Refusal implements StreamHandler {
  readonly #stream: Http2Stream;
  readonly #headers: Buffer;

  constructor(stream: Http2Stream, headers: Buffer) {
    this.#stream = stream;
    this.#headers = headers;
  }

  onData(bytes: Buffer): void {
    this.#stream.consume(bytes.length);
  }

  onEnd(): void {
    this.#stream.sendHeaders(this.#headers);
    this.#stream.sendDataAndEnd(TEXT);
  }

  onCancel(): void {}

  onDrain(): void {}
}

/** Answers a call before it is read. */
function refuse(stream: Http2Stream, failure: GrpcFailure): StreamHandler {
  stream.sendHeadersOnly(trailersOnly(failure));
  return IGNORE;
}

const IGNORE: StreamHandler = { onData() {}, onEnd() {}, onCancel() {}, onDrain() {} };
