import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '@waybill/emulator-kit';
import type { StoredDocument } from '../store/stored-document.ts';
import type { FirestoreEngine } from '../transactions/firestore-engine.ts';
import { databaseOf, parseDocumentName } from '../values/resource-name.ts';
import { ExpiryQueue } from './expiry-queue.ts';
import type { TtlPolicies } from './ttl-policies.ts';

const DOCUMENTS_PER_TURN = 200;
const RETRY_MS = 60_000;
const NEVER = new AbortController().signal;

/**
 * Deletes documents whose time has come, by the emulator's clock. Each delete is a commit of its own: it waits for locks
 * and counts in the usage, as in the service.
 */
export class TtlDeleter {
  readonly #engine: FirestoreEngine;
  readonly #policies: TtlPolicies;
  readonly #clock: Clock;
  readonly #queue = new ExpiryQueue();
  readonly #stopListening: () => void;
  #cancelTimer = (): void => {};
  #isDeleting = false;
  #closed = false;

  constructor(engine: FirestoreEngine, policies: TtlPolicies, clock: Clock) {
    this.#engine = engine;
    this.#policies = policies;
    this.#clock = clock;
    this.#stopListening = engine.store.feed.subscribe(({ changes }) => {
      for (const { after } of changes) if (after !== undefined) this.#add(after);
      this.#arm();
    });
    void this.#addAll();
  }

  /** Ends it. A delete that has begun is finished. */
  close(): void {
    this.#closed = true;
    this.#stopListening();
    this.#cancelTimer();
  }

  /** Finds what expires in the data of the start, in parts: clients get their responses meanwhile. */
  async #addAll(): Promise<void> {
    let seen = 0;
    for (const document of this.#engine.store.documents()) {
      this.#add(document);
      seen++;
      if (seen % DOCUMENTS_PER_TURN > 0) continue;
      await nextTurn();
      if (this.#closed) return;
    }
    this.#arm();
  }

  #add(document: StoredDocument): void {
    const atMs = this.#policies.expiryMsOf(document);
    if (atMs !== undefined) this.#queue.add({ name: document.name, atMs });
  }

  #arm(): void {
    this.#cancelTimer();
    const { first } = this.#queue;
    if (first === undefined || this.#isDeleting || this.#closed) return;
    this.#cancelTimer = this.#clock.at(first.atMs, () => void this.#deleteDue());
  }

  async #deleteDue(): Promise<void> {
    this.#isDeleting = true;
    while (!this.#closed) {
      const due = this.#takeDue();
      if (due.length === 0) break;
      await Promise.all(due.map((document) => this.#delete(document)));
    }
    this.#isDeleting = false;
    this.#arm();
  }

  /** Takes expired documents out of the queue. Those that were changed to expire later are in it again. */
  #takeDue(): StoredDocument[] {
    const nowMs = this.#clock.nowMs();
    const due = new Map<string, StoredDocument>();
    while (due.size < DOCUMENTS_PER_TURN && (this.#queue.first?.atMs ?? Number.POSITIVE_INFINITY) <= nowMs) {
      const { name = '' } = this.#queue.take() ?? {};
      const document = this.#engine.store.get(parseDocumentName(name));
      const atMs = document && this.#policies.expiryMsOf(document);
      if (document !== undefined && atMs !== undefined && atMs <= nowMs) due.set(name, document);
    }
    return [...due.values()];
  }

  async #delete({ name, updateMicros }: StoredDocument): Promise<void> {
    const context = { database: databaseOf(name), connection: undefined, signal: NEVER };
    const precondition = { kind: 'updateTime', updateMicros } as const;
    try {
      await this.#engine.commit(
        context,
        [{ kind: 'delete', name: parseDocumentName(name), precondition }],
        undefined,
      );
    } catch {
      // It was changed meanwhile, a transaction holds it, or the disk is full: `#takeDue` decides anew.
      this.#queue.add({ name, atMs: this.#clock.nowMs() + RETRY_MS });
    }
  }
}
