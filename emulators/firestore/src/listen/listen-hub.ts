import { randomBytes } from 'node:crypto';
import { GrpcStatus } from '@waybill/emulator-kit';
import { FirestoreError } from '../firestore-error.ts';
import type { IndexRules } from '../indexes/index-rules.ts';
import type { DocumentStore } from '../store/document-store.ts';
import type { ReadTurns } from '../transactions/read-turns.ts';
import type { UsageMeter } from '../usage/usage-meter.ts';
import { type ListenSink, ListenStream } from './listen-stream.ts';
import { ResumeTokens } from './resume-tokens.ts';

export interface ListenLimits {
  /** How many streams may be open at once, of all clients. The official client opens one for each listener. */
  readonly maxStreams: number;
  /** How many targets a stream may have. */
  readonly maxTargetsPerStream: number;
  /**
   * How often, in milliseconds, a stream is told that it is up to date. The official client takes a stream that was
   * silent for 120 seconds to be dead (WATCH_IDLE_TIMEOUT_MS in its watch.js).
   */
  readonly heartbeatMs: number;
}

/** An open stream, as its call sees it. */
export interface OpenStream {
  readonly stream: ListenStream;
  /** To be called once the call has ended, however. */
  release(): void;
}

/** All streams that listen to a store. Without streams it holds nothing and does nothing. */
export class ListenHub {
  readonly #store: DocumentStore;
  readonly #limits: ListenLimits;
  readonly #usage: UsageMeter;
  readonly #turns: ReadTurns;
  readonly #tokens = new ResumeTokens(randomBytes(8));
  /** Each with how to end its call. */
  readonly #streams = new Map<ListenStream, (error: FirestoreError) => void>();
  #stopWork: (() => void) | undefined;
  readonly #indexes: IndexRules | undefined;
  #closed = false;

  constructor(options: {
    store: DocumentStore;
    limits: ListenLimits;
    usage: UsageMeter;
    turns: ReadTurns;
    /** The queries that may be listened to; default: all. */
    indexes?: IndexRules | undefined;
  }) {
    this.#store = options.store;
    this.#usage = options.usage;
    this.#limits = options.limits;
    this.#turns = options.turns;
    this.#indexes = options.indexes;
  }

  /** How much is open, and how much waits for clients to read: all 0 once all clients are gone. */
  get openWork(): { streams: number; targets: number; queuedEvents: number } {
    const streams = [...this.#streams.keys()];
    return {
      streams: streams.length,
      targets: streams.reduce((sum, stream) => sum + stream.targetCount, 0),
      queuedEvents: streams.reduce((sum, stream) => sum + stream.queuedEvents, 0),
    };
  }

  /**
   * Opens a stream to a database.
   * @param end ends its call with an error, when the emulator closes
   * @throws {FirestoreError} RESOURCE_EXHAUSTED beyond the limit; UNAVAILABLE once closed
   */
  open(database: string, sink: ListenSink, end: (error: FirestoreError) => void): OpenStream {
    if (this.#closed) throw goingAway();
    const { maxStreams, maxTargetsPerStream: maxTargets } = this.#limits;
    if (this.#streams.size >= maxStreams) {
      throw new FirestoreError(
        GrpcStatus.RESOURCE_EXHAUSTED,
        `At most ${maxStreams} listeners may be open at once: unsubscribe some.`,
      );
    }
    const stream = new ListenStream({
      database,
      store: this.#store,
      indexes: this.#indexes,
      tokens: this.#tokens,
      sink,
      usage: this.#usage,
      maxTargets,
      turns: this.#turns,
    });
    this.#streams.set(stream, end);
    this.#stopWork ??= this.#startWork();
    return { stream, release: () => this.#release(stream) };
  }

  /** Ends all streams with UNAVAILABLE: the official client comes back by itself. */
  close(): void {
    this.#closed = true;
    for (const [stream, end] of [...this.#streams]) {
      this.#release(stream);
      end(goingAway());
    }
  }

  #release(stream: ListenStream): void {
    stream.close();
    this.#streams.delete(stream);
    if (this.#streams.size > 0) return;
    this.#stopWork?.();
    this.#stopWork = undefined;
  }

  #startWork(): () => void {
    const unsubscribe = this.#store.feed.subscribe((commit) => {
      for (const stream of this.#streams.keys()) stream.note(commit);
    });
    const heartbeat = setInterval(() => {
      for (const stream of [...this.#streams.keys()]) stream.tick();
    }, this.#limits.heartbeatMs);
    heartbeat.unref();
    return () => {
      unsubscribe();
      clearInterval(heartbeat);
    };
  }
}

function goingAway(): FirestoreError {
  return new FirestoreError(GrpcStatus.UNAVAILABLE, 'The emulator is closing.');
}
