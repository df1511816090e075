import { GrpcStatus } from '@waybill/emulator-kit';
import { FirestoreError, invalidArgument } from '../firestore-error.ts';
import type { IndexRules } from '../indexes/index-rules.ts';
import type { ListenRequest, WireTarget } from '../protocol/messages.ts';
import type { Commit } from '../store/commit-feed.ts';
import type { DocumentStore } from '../store/document-store.ts';
import { type ReadView, snapshotView } from '../store/read-view.ts';
import { PausableRead } from '../store/steps.ts';
import { asFirestoreError } from '../transactions/firestore-engine.ts';
import type { ReadTurns } from '../transactions/read-turns.ts';
import { readsOfQuery, type UsageMeter } from '../usage/usage-meter.ts';
import { databaseOf } from '../values/resource-name.ts';
import { type Micros, microsOfTimestamp } from '../values/timestamp.ts';
import type { ListenEvent, Moment } from './listen-event.ts';
import { ListenTarget, type ResumePoint } from './listen-target.ts';
import type { ResumeTokens } from './resume-tokens.ts';
import { decodeTargetSource } from './target-source.ts';

/** Where a stream's events go. */
export interface ListenSink {
  /** Returns whether more may follow at once; if not, `ListenStream.drained` is called when it may. */
  write(event: ListenEvent): boolean;
}

/** One for all streams: without a reason, each `abort()` makes an error with a stack. */
const CLOSED = new FirestoreError(GrpcStatus.CANCELLED, 'The stream has ended.');

/** What a target that was added waits for: to be started, from some moment on. */
interface Starting {
  readonly target: ListenTarget;
  readonly resumeMicros: Micros | 'start' | 'unknown';
  state: 'added' | 'preparing' | 'ready';
}

/**
 * One client's stream: some targets, all shown the data of the same moment. What has happened meanwhile is told in one
 * go, up to a moment that lies between two commits, so a client never sees half of one. While the client doesn't
 * read, changes pile up by document rather than by commit.
 */
export class ListenStream {
  readonly #database: string;
  readonly #store: DocumentStore;
  readonly #tokens: ResumeTokens;
  readonly #sink: ListenSink;
  readonly #usage: UsageMeter;
  readonly #maxTargets: number;
  readonly #turns: ReadTurns;
  readonly #ending = new AbortController();
  readonly #targets = new Map<number, ListenTarget>();
  #starting: Starting[] = [];
  /** Events to be written, from `#written` on. */
  #outbox: ListenEvent[] = [];
  #written = 0;
  #mayWrite = true;
  #turn: NodeJS.Immediate | undefined;
  #assignsIds = false;
  readonly #indexes: IndexRules | undefined;
  #closed = false;

  constructor(options: {
    database: string;
    store: DocumentStore;
    indexes: IndexRules | undefined;
    tokens: ResumeTokens;
    sink: ListenSink;
    usage: UsageMeter;
    maxTargets: number;
    turns: ReadTurns;
  }) {
    this.#database = options.database;
    this.#store = options.store;
    this.#indexes = options.indexes;
    this.#tokens = options.tokens;
    this.#sink = options.sink;
    this.#usage = options.usage;
    this.#maxTargets = options.maxTargets;
    this.#turns = options.turns;
  }

  get targetCount(): number {
    return this.#targets.size;
  }

  /** How many events wait for the client to read. */
  get queuedEvents(): number {
    return this.#outbox.length - this.#written;
  }

  /**
   * Adds or removes a target.
   * @throws {FirestoreError} INVALID_ARGUMENT for what makes no sense on this stream; then the stream has to end
   */
  receive(request: ListenRequest): void {
    if (databaseOf(request.database) !== this.#database) {
      throw invalidArgument(
        `This stream listens to "${this.#database}"; "${request.database}" needs another one.`,
      );
    }
    if (request.targetChange === undefined) throw invalidArgument('A request must add or remove a target.');
    if (request.targetChange === 'removeTarget') this.#remove(request.removeTarget);
    else this.#add(request.addTarget);
    this.#send();
  }

  /** Takes in a commit. What matters of it is told in the next turn, together with what else is there by then. */
  note(commit: Commit): void {
    for (const change of commit.changes) {
      for (const target of this.#targets.values()) if (target.note(change)) this.#wake();
    }
  }

  /** Tells the client that it is up to date, with a new token, unless it has things to read anyway. */
  tick(): void {
    if (this.#isIdle && this.#targets.size > 0 && this.#starting.length === 0) {
      this.#catchUp({ always: true });
    }
  }

  /** The client reads again. */
  drained(): void {
    this.#mayWrite = true;
    this.#send();
    this.#wake();
  }

  /** Forgets all. */
  close(): void {
    this.#closed = true;
    this.#ending.abort(CLOSED);
    clearImmediate(this.#turn);
    this.#targets.clear();
    this.#starting = [];
    this.#outbox = [];
    this.#written = 0;
  }

  /** Whether the client has taken all that was written out for it. */
  get #isIdle(): boolean {
    return this.#mayWrite && this.queuedEvents === 0;
  }

  #add(wire: WireTarget): void {
    const { targetId } = wire;
    if (targetId < 0) throw invalidArgument(`A target's id must not be negative, got ${targetId}.`);
    if (targetId === 0) this.#assignsIds = true;
    const id = targetId === 0 ? this.#freeId() : targetId;
    if (this.#targets.has(id)) throw invalidArgument(`Target id ${id} is in use on this stream already.`);
    try {
      if (this.#assignsIds && targetId !== 0) {
        throw invalidArgument('Once the server has given a target its id, it has to give all of them.');
      }
      if (this.#targets.size >= this.#maxTargets) {
        throw new FirestoreError(
          GrpcStatus.RESOURCE_EXHAUSTED,
          `A stream may have at most ${this.#maxTargets} targets: remove some, or open another stream.`,
        );
      }
      const source = decodeTargetSource(wire, this.#database, this.#indexes);
      const target = new ListenTarget(id, source, wire.once);
      const resumeMicros = this.#resumeMicros(wire);
      this.#targets.set(id, target);
      this.#starting.push({ target, resumeMicros, state: 'added' });
      this.#outbox.push({ kind: 'target', change: 'ADD', targetId: id });
      this.#wake();
    } catch (error) {
      // The other targets of the stream go on.
      this.#outbox.push({
        kind: 'target',
        change: 'REMOVE',
        targetId: id,
        cause: asFirestoreError(error),
      });
    }
  }

  #remove(targetId: number, cause?: FirestoreError): void {
    if (!this.#targets.delete(targetId)) return;
    this.#starting = this.#starting.filter(({ target }) => target.id !== targetId);
    this.#outbox.push({ kind: 'target', change: 'REMOVE', targetId, ...(cause !== undefined && { cause }) });
  }

  #freeId(): number {
    let id = 1;
    while (this.#targets.has(id)) id++;
    return id;
  }

  #resumeMicros(wire: WireTarget): Micros | 'start' | 'unknown' {
    switch (wire.resumeType) {
      case 'resumeToken':
        return wire.resumeToken.length === 0 ? 'start' : (this.#tokens.read(wire.resumeToken) ?? 'unknown');
      case 'readTime':
        return microsOfTimestamp(wire.readTime);
      case undefined:
        return 'start';
    }
  }

  #wake(): void {
    if (this.#turn !== undefined || this.#closed) return;
    this.#turn = setImmediate(() => {
      this.#turn = undefined;
      this.#send();
      if (this.#isIdle) this.#catchUp({ always: false });
    });
  }

  /** Works out what there is to tell, and begins to send it. Not while older events wait: that bounds them. */
  #catchUp({ always }: { always: boolean }): void {
    const isDue =
      always ||
      this.#starting.some(({ state }) => state !== 'preparing') ||
      [...this.#targets.values()].some((target) => target.isDirty && !this.#isStarting(target));
    if (!isDue || this.#closed) return;
    const readMicros = this.#store.settledMicros();
    if (readMicros < this.#store.oldestReadableMicros) {
      // Only while a commit is under way that made the store forget the past; it is told in a moment.
      this.#wake();
      return;
    }
    const at: Moment = { readMicros, resumeToken: this.#tokens.write(readMicros) };
    const view = snapshotView(this.#store, readMicros);
    for (const target of this.#targets.values()) {
      if (this.#isStarting(target) || !target.isDirty) continue;
      const events = target.advance(view);
      this.#usage.read(documentsIn(events));
      this.#queue(events);
    }
    for (const one of this.#starting) if (one.state === 'added') this.#prepare(one, view);
    const starting = this.#starting.filter(({ state }) => state === 'ready');
    this.#starting = this.#starting.filter(({ state }) => state !== 'ready');
    for (const { target, resumeMicros } of starting) {
      const resume = this.#resumePoint(resumeMicros, readMicros);
      const events = target.start(view, resume, at);
      // A query without results costs a read, though not again when it only goes on.
      this.#usage.read(typeof resume === 'object' ? documentsIn(events) : readsOfQuery(documentsIn(events)));
      this.#queue(events);
    }
    this.#outbox.push({ kind: 'target', change: 'NO_CHANGE', at });
    for (const { target } of starting) if (target.once) this.#remove(target.id);
    this.#send();
  }

  #isStarting(target: ListenTarget): boolean {
    return this.#starting.some((one) => one.target === target);
  }

  /** Reads in parts what a target starts with: at once if that is quick. */
  #prepare(starting: Starting, view: ReadView): void {
    const running = this.#turns.run(new PausableRead(starting.target.prepare(view)), this.#ending.signal);
    starting.state = running instanceof Promise ? 'preparing' : 'ready';
    if (!(running instanceof Promise)) return;
    const unpin = this.#store.pin(view.readMicros);
    running.finally(unpin).then(
      () => {
        starting.state = 'ready';
        this.#wake();
      },
      (error: unknown) => {
        if (!this.#closed && this.#targets.get(starting.target.id) === starting.target) {
          this.#remove(starting.target.id, asFirestoreError(error));
          this.#send();
        }
      },
    );
  }

  #resumePoint(resumeMicros: Micros | 'start' | 'unknown', nowMicros: Micros): ResumePoint {
    if (typeof resumeMicros === 'string') return resumeMicros;
    const isReadable = resumeMicros <= nowMicros && resumeMicros >= this.#store.oldestReadableMicros;
    return isReadable ? { view: snapshotView(this.#store, resumeMicros) } : 'unknown';
  }

  #send(): void {
    while (this.#mayWrite && !this.#closed) {
      const event = this.#outbox[this.#written];
      if (event === undefined) break;
      this.#written++;
      this.#mayWrite = this.#sink.write(event);
    }
    if (this.queuedEvents > 0) return;
    this.#outbox = [];
    this.#written = 0;
  }

  #queue(events: readonly ListenEvent[]): void {
    // Not spread into one push: a result may have more documents than a call may have arguments.
    for (const event of events) this.#outbox.push(event);
  }
}

/** A listener pays for each document that it is sent, not for those that go. */
function documentsIn(events: readonly ListenEvent[]): number {
  return events.filter(({ kind }) => kind === 'changed').length;
}
