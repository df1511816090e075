import type { DocumentChange } from '../store/commit-feed.ts';
import type { ReadView } from '../store/read-view.ts';
import type { Steps } from '../store/steps.ts';
import type { StoredDocument } from '../store/stored-document.ts';
import { parseDocumentName } from '../values/resource-name.ts';
import type { Micros } from '../values/timestamp.ts';
import type { ListenEvent, Moment } from './listen-event.ts';
import { PendingChanges } from './pending-changes.ts';
import { ResultWindow } from './result-window.ts';
import type { TargetSource } from './target-source.ts';

/** From which moment a client wants to go on; `unknown` if it names one that can't be gone back to. */
export type ResumePoint = 'start' | 'unknown' | { readonly view: ReadView };

/** One target of a stream: knows which results its client has, and works out what to tell it. */
export class ListenTarget {
  readonly id: number;
  /** Ends by itself once its client has all results. */
  readonly once: boolean;
  readonly #source: TargetSource;
  /** The results that the client has, by name, with their update times. */
  #known = new Map<string, Micros>();
  readonly #pending = new PendingChanges();
  /** Results of an earlier moment, read ahead of the start. */
  #prepared: readonly StoredDocument[] | undefined;
  /** Set for a source with a limit. */
  readonly #window: ResultWindow | undefined;

  constructor(id: number, source: TargetSource, once: boolean) {
    this.id = id;
    this.once = once;
    this.#source = source;
    this.#window = source.limited && new ResultWindow(source.limited);
  }

  /** Whether there is something to tell. */
  get isDirty(): boolean {
    return !this.#pending.isEmpty;
  }

  /** Takes in a change; returns whether it matters here. */
  note(change: DocumentChange): boolean {
    const { name, before, after } = change;
    // Also by what it was before: a document may come and go again before the client is told of either.
    const matters = this.#known.has(name) || this.#covers(before) || this.#covers(after);
    if (matters) this.#pending.add(change);
    return matters;
  }

  /** Reads in parts what `start` needs. Changes that are noted meanwhile count. */
  prepare(view: ReadView): Steps<void> {
    // The view has seen whatever was noted until now.
    this.#pending.take();
    return this.#prepareIn(view);
  }

  *#prepareIn(view: ReadView): Steps<void> {
    this.#prepared = yield* this.#source.prepare(view);
  }

  /** Brings the client, which has nothing or the results of an earlier moment, to the view's moment. */
  start(view: ReadView, resume: ResumePoint, at: Moment): ListenEvent[] {
    const prepared = this.#prepared;
    this.#prepared = undefined;
    // The view has seen whatever was noted until now.
    const changes = this.#pending.take();
    const targetId = this.id;
    const current: ListenEvent = { kind: 'target', change: 'CURRENT', targetId, at };
    if (typeof resume === 'object') {
      for (const { name, updateMicros } of this.#source.run(resume.view)) this.#known.set(name, updateMicros);
      const events = this.#compare(view);
      // Should the client have lost something, it sees that by the count, and starts anew.
      return [...events, { kind: 'count', targetId, count: this.#known.size }, current];
    }
    const reset: ListenEvent = { kind: 'target', change: 'RESET', targetId };
    const events =
      prepared === undefined || changes === undefined
        ? this.#compare(view)
        : this.#startFrom(prepared, changes, view.readMicros);
    const missing = this.#source.names
      .filter((name) => !this.#known.has(name))
      .map((name): ListenEvent => ({ kind: 'deleted', targetId, name, readMicros: view.readMicros }));
    return [...(resume === 'unknown' ? [reset] : []), ...events, ...missing, current];
  }

  /** Tells results of an earlier moment, with what has changed since. */
  #startFrom(
    prepared: readonly StoredDocument[],
    changes: ReadonlyMap<string, StoredDocument | undefined>,
    readMicros: Micros,
  ): ListenEvent[] {
    const unchanged = prepared.filter(({ name }) => !changes.has(name));
    return [
      ...unchanged.flatMap((document) => this.#found(document)),
      ...[...changes].flatMap(([name, after]) => this.#eventsFor(name, after, readMicros)),
    ];
  }

  /** Brings the client from the moment it was last told of to the view's. */
  advance(view: ReadView): ListenEvent[] {
    const changes = this.#pending.take();
    if (changes === undefined) return this.#compare(view);
    if (this.#window !== undefined) {
      this.#window.apply(changes, view);
      return this.#compareWindow(this.#window, view);
    }
    return [...changes].flatMap(([name, after]) => this.#eventsFor(name, after, view.readMicros));
  }

  #eventsFor(name: string, after: StoredDocument | undefined, readMicros: Micros): ListenEvent[] {
    if (after !== undefined && this.#source.covers(after)) return this.#found(this.#source.project(after));
    return this.#known.has(name) ? [this.#lost(name, after, readMicros)] : [];
  }

  #covers(document: StoredDocument | undefined): boolean {
    return document !== undefined && this.#source.covers(document);
  }

  /** Runs the source again and tells the differences. */
  #compare(view: ReadView): ListenEvent[] {
    if (this.#window !== undefined) {
      this.#window.load(view);
      return this.#compareWindow(this.#window, view);
    }
    const results = this.#source.run(view);
    const names = new Set(results.map(({ name }) => name));
    const lost = [...this.#known.keys()].filter((name) => !names.has(name));
    return [
      ...lost.map((name) => this.#lost(name, view.get(parseDocumentName(name)), view.readMicros)),
      ...results.flatMap((document) => this.#found(document)),
    ];
  }

  /** Tells the differences from the results in a window. */
  #compareWindow(window: ResultWindow, view: ReadView): ListenEvent[] {
    const results = window.results();
    const stay = results.filter(({ name }) => this.#known.has(name)).length;
    const names = stay === this.#known.size ? this.#known : new Set(results.map(({ name }) => name));
    const lost = names === this.#known ? [] : [...this.#known.keys()].filter((name) => !names.has(name));
    const found = results.filter(({ name, updateMicros }) => this.#known.get(name) !== updateMicros);
    const documentOf = (name: string) => view.get(parseDocumentName(name));
    return [
      ...lost.map((name) => this.#lost(name, documentOf(name), view.readMicros)),
      ...found.flatMap(({ name }) => this.#eventsFor(name, documentOf(name), view.readMicros)),
    ];
  }

  #found(document: StoredDocument): ListenEvent[] {
    if (this.#known.get(document.name) === document.updateMicros) return [];
    this.#known.set(document.name, document.updateMicros);
    return [{ kind: 'changed', targetId: this.id, document, matches: true }];
  }

  #lost(name: string, document: StoredDocument | undefined, readMicros: Micros): ListenEvent {
    const targetId = this.id;
    const knownMicros = this.#known.get(name);
    this.#known.delete(name);
    if (document === undefined) return { kind: 'deleted', targetId, name, readMicros };
    if (document.updateMicros === knownMicros) return { kind: 'removed', targetId, name, readMicros };
    return { kind: 'changed', targetId, document: this.#source.project(document), matches: false };
  }
}
