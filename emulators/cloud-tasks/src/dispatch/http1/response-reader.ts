import type { Http1Response } from './http1-response.ts';
import { MalformedResponseError } from './malformed-response-error.ts';
import { type ResponseHead, readResponseHead } from './response-head.ts';

/** Bytes of one head, of all interim heads together, or of trailers. */
const MAX_HEAD_BYTES = 16 * 1024;
/** Bytes of a chunk's size line; extensions are rarely sent. */
const MAX_CHUNK_LINE_BYTES = 1_024;
/** Longer bodies are cut: a connection is not worth their reading. */
const MAX_BODY_BYTES = 1024 * 1024;
/** Start of a response body that is kept for developers. */
const KEPT_BODY_BYTES = 4 * 1024;
const NO_BYTES = Buffer.alloc(0);
const HEAD_END = '\r\n\r\n';
const CR = 13;
const LF = 10;

type Part = 'head' | 'body' | 'chunk line' | 'chunk' | 'chunk end' | 'trailers' | 'end';

/** Reads one response from the bytes of a connection, however they are cut into packets. */
export class ResponseReader {
  readonly #isHead: boolean;
  #part: Part = 'head';
  /** Bytes that do not make a whole line yet. */
  #rest: Buffer = NO_BYTES;
  /** Bytes of heads or trailers so far. */
  #lineBytes = 0;
  #head: ResponseHead | undefined;
  /** Bytes until the end of the body, or of the chunk. */
  #left = 0;
  #bodyBytes = 0;
  #kept: Buffer[] = [];
  #canReuse = false;

  /** @param isHead whether the request was a HEAD, whose response has no body */
  constructor(isHead: boolean) {
    this.#isHead = isHead;
  }

  /** Whether the next request may use the connection; known at the end of the response. */
  get canReuse(): boolean {
    return this.#canReuse;
  }

  /** How long the handler keeps the idle connection, if it says so. */
  get keepAliveMs(): number | undefined {
    return this.#head?.keepAliveMs;
  }

  /** Reads on. @returns the response at its end @throws {MalformedResponseError} */
  push(chunk: Buffer): Http1Response | undefined {
    let bytes: Buffer = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = NO_BYTES;
    for (;;) {
      const used = this.#read(bytes);
      if (this.#part === 'end') {
        // A body after a HEAD's response, or junk: no response of a next request may begin with it.
        this.#canReuse &&= used === bytes.length && !this.#isHead;
        return this.#response();
      }
      if (used === 0) {
        this.#rest = bytes;
        return undefined;
      }
      bytes = bytes.subarray(used);
      if (bytes.length === 0) return undefined;
    }
  }

  /** The connection's end. @returns the response, where that ends it; undefined where it cuts it */
  end(): Http1Response | undefined {
    return this.#part === 'body' && this.#head?.bodyEnd === 'connection' ? this.#response() : undefined;
  }

  /** Reads one part. @returns the bytes used, 0 where more are needed */
  #read(bytes: Buffer): number {
    switch (this.#part) {
      case 'head':
        return this.#readHead(bytes);
      case 'chunk line':
        return this.#readChunkLine(bytes);
      case 'chunk end':
        if (bytes.length < 2) return 0;
        if (bytes[0] !== CR || bytes[1] !== LF) throw new MalformedResponseError('Chunk without its end');
        this.#part = 'chunk line';
        return 2;
      case 'trailers':
        return this.#readTrailer(bytes);
      default:
        return this.#readBody(bytes);
    }
  }

  #readHead(bytes: Buffer): number {
    const end = bytes.indexOf(HEAD_END, 0, 'latin1');
    this.#limitHead(this.#lineBytes + (end === -1 ? bytes.length : end));
    if (end === -1) return 0;
    const head = readResponseHead(bytes.toString('latin1', 0, end), this.#isHead);
    const used = end + HEAD_END.length;
    if (head.status < 200) {
      this.#lineBytes += used;
      return used;
    }
    this.#head = head;
    this.#lineBytes = 0;
    const { bodyEnd } = head;
    this.#left = typeof bodyEnd === 'number' ? bodyEnd : Number.POSITIVE_INFINITY;
    this.#part = bodyEnd === 'chunked' ? 'chunk line' : 'body';
    if (bodyEnd === 0) this.#finish();
    return used;
  }

  #readChunkLine(bytes: Buffer): number {
    const end = bytes.indexOf('\r\n', 0, 'latin1');
    if ((end === -1 ? bytes.length : end) > MAX_CHUNK_LINE_BYTES) {
      throw new MalformedResponseError('Chunk size too long');
    }
    if (end === -1) return 0;
    const digits = /^([0-9a-f]{1,12})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/i.exec(
      bytes.toString('latin1', 0, end),
    )?.[1];
    if (digits === undefined) throw new MalformedResponseError('Invalid chunk size');
    this.#left = Number.parseInt(digits, 16);
    this.#part = this.#left === 0 ? 'trailers' : 'chunk';
    return end + 2;
  }

  /** Trailers say nothing about an attempt. */
  #readTrailer(bytes: Buffer): number {
    const end = bytes.indexOf('\r\n', 0, 'latin1');
    this.#limitHead(this.#lineBytes + (end === -1 ? bytes.length : end));
    if (end === -1) return 0;
    this.#lineBytes += end + 2;
    if (end === 0) this.#finish();
    return end + 2;
  }

  #readBody(bytes: Buffer): number {
    const used = Math.min(this.#left, bytes.length);
    if (this.#bodyBytes < KEPT_BODY_BYTES) {
      // A copy: a slice would hold the whole packet.
      this.#kept.push(Buffer.from(bytes.subarray(0, Math.min(used, KEPT_BODY_BYTES - this.#bodyBytes))));
    }
    this.#bodyBytes += used;
    this.#left -= used;
    if (this.#left === 0) {
      if (this.#part === 'chunk') this.#part = 'chunk end';
      else this.#finish();
    } else if (this.#bodyBytes > MAX_BODY_BYTES) {
      this.#part = 'end';
    }
    return used;
  }

  #limitHead(bytes: number): void {
    if (bytes > MAX_HEAD_BYTES) throw new MalformedResponseError('Headers Overflow Error');
  }

  #finish(): void {
    this.#part = 'end';
    this.#canReuse = this.#head?.keepsAlive === true;
  }

  #response(): Http1Response {
    const { status = 0, headers = new Map<string, string>() } = this.#head ?? {};
    const [kept] = this.#kept;
    const body =
      kept === undefined ? '' : (this.#kept.length === 1 ? kept : Buffer.concat(this.#kept)).toString();
    return { status, headers: Object.fromEntries(headers), body };
  }
}
