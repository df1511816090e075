import assert from 'node:assert/strict';
import { MovableClock } from '@waybill/emulator-kit';
import { modelResults } from '../../test/support/query-model.ts';
import type { Filter } from '../queries/filter.ts';
import type { Query } from '../queries/query.ts';
import { DocumentStore } from '../store/document-store.ts';
import { presentView } from '../store/read-view.ts';
import { parseDocumentName, parseParent } from '../values/resource-name.ts';
import type { Fields, Value } from '../values/value.ts';
import type { ListenEvent } from './listen-event.ts';
import { ListenTarget } from './listen-target.ts';
import { querySource } from './target-source.ts';

const ROOT = parseParent('projects/p/databases/d/documents');
const DOCUMENTS = 1_000;

/** Targets with a limit, told of each change. */
describe('ResultWindow', () => {
  let store: DocumentStore;
  let listeners: Listener[];
  beforeEach(() => {
    store = new DocumentStore({ clock: new MovableClock() });
    listeners = [];
    store.feed.subscribe(({ changes }) => {
      for (const change of changes) for (const { target } of listeners) target.note(change);
    });
  });
  afterEach(() => store.close());

  it('has a client know the results after any changes', async () => {
    let seed = 3;
    const pick = (below: number): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    const write = () => put(pick(60), pick(4) === 0 ? undefined : fieldsOf(pick(20), pick(3)));
    for (let n = 0; n < 100; n += 1) write();
    for (const query of [
      limited(5, 0, notRed),
      limited(5, 3, notRed),
      limited(30, 0, taggedBlue),
      limited(undefined, 4, taggedBlue),
      { ...limited(5, 0), orders: ordersOf('n', true) },
      { ...limited(1, 0), startAt: { values: [integer(7)], before: true } },
    ]) {
      listen(query);
    }
    for (let round = 0; round < 400; round += 1) {
      for (let n = pick(6); n >= 0; n -= 1) write();
      await store.durable();
      for (const listener of listeners) advance(listener);
      const all = [...presentView(store).scan({ parent: ROOT, allDescendants: true })];
      for (const { query, known } of listeners) {
        const expected = modelResults(query, all).map(({ name, updateMicros }) => `${name}@${updateMicros}`);
        assert.deepEqual([...known].map(([name, micros]) => `${name}@${micros}`).sort(), expected.sort());
      }
    }
  });

  it('looks at what a write touches, not at all results', async () => {
    for (let n = 0; n < DOCUMENTS; n += 1) put(n, fieldsOf(n, n % 3));
    for (const filter of [notRed, taggedBlue, notRed, taggedBlue, notRed]) listen(limited(100, 0, filter));
    await store.durable();
    const before = store.documentsRead;
    let writes = 0;
    const written = async (n: number, fields: Fields | undefined) => {
      put(n, fields);
      writes += 1;
      await store.durable();
      for (const listener of listeners) advance(listener);
    };
    // Into the results, to and fro within them, out of them, and far behind them.
    for (let n = 0; n < 60; n += 1) await written(n, fieldsOf(n, 2));
    for (let n = 0; n < 60; n += 1) await written(n, fieldsOf(60 - n, 1));
    for (let n = 0; n < 60; n += 1) await written(n, n % 2 === 0 ? undefined : fieldsOf(n, 0));
    for (let n = 900; n < 960; n += 1) await written(n, fieldsOf(n, 1));
    const perWrite = (store.documentsRead - before) / writes;
    assert.ok(perWrite <= 2 * listeners.length, `${perWrite} documents per write`);
  });

  it('starts with what was read in parts, and with what changed meanwhile', async () => {
    for (let n = 0; n < 300; n += 1) put(n, fieldsOf(n, n % 3));
    for (const query of [limited(undefined, 0, notRed), limited(20, 0, taggedBlue), limited(undefined, 0)]) {
      const listener = { query, target: new ListenTarget(1, querySource(query), false), known: new Map() };
      listeners.push(listener);
      await store.durable();
      let n = 0;
      for (const _step of listener.target.prepare(presentView(store))) {
        put(n, n % 2 === 0 ? undefined : fieldsOf(n, (n + 1) % 3));
        put(1_000 + n, fieldsOf(n, n % 3));
        n += 7;
      }
      await store.durable();
      assert.ok(n > 7, 'the source was read at once');
      const view = presentView(store);
      const at = { readMicros: view.readMicros, resumeToken: new Uint8Array() };
      tell(listener, listener.target.start(view, 'start', at));
      const all = [...view.scan({ parent: ROOT, allDescendants: true })];
      const expected = modelResults(query, all).map(({ name, updateMicros }) => `${name}@${updateMicros}`);
      assert.deepEqual(
        [...listener.known].map(([name, micros]) => `${name}@${micros}`).sort(),
        expected.sort(),
      );
    }
  });

  interface Listener {
    readonly query: Query;
    readonly target: ListenTarget;
    readonly known: Map<string, number>;
  }

  function listen(query: Query): void {
    const listener = { query, target: new ListenTarget(1, querySource(query), false), known: new Map() };
    const view = presentView(store);
    const at = { readMicros: view.readMicros, resumeToken: new Uint8Array() };
    tell(listener, listener.target.start(view, 'start', at));
    listeners.push(listener);
  }

  function advance(listener: Listener): void {
    if (listener.target.isDirty) tell(listener, listener.target.advance(presentView(store)));
  }

  function tell({ known }: Listener, events: readonly ListenEvent[]): void {
    for (const event of events) {
      if (event.kind === 'changed' && event.matches)
        known.set(event.document.name, event.document.updateMicros);
      else if (event.kind === 'changed') known.delete(event.document.name);
      else if (event.kind === 'removed' || event.kind === 'deleted') known.delete(event.name);
    }
  }

  function put(n: number, fields: Fields | undefined): void {
    const name = parseDocumentName(`${ROOT.name}/c/${n}`);
    if (fields !== undefined || store.get(name) !== undefined) {
      store.apply([{ name, fields }], store.clock.next());
    }
  }
});

const COLORS = ['red', 'blue', 'green'];
const notRed = compare('!=', 'color', 'red');
const taggedBlue = compare('array-contains', 'tags', 'blue');

function fieldsOf(n: number, color: number): Fields {
  const value: Value = { kind: 'string', string: COLORS[color] ?? '' };
  return new Map<string, Value>([
    ['n', integer(n)],
    ['color', value],
    ['tags', { kind: 'array', values: [value, { kind: 'string', string: 'blue' }] }],
  ]);
}

function integer(n: number): Value {
  return { kind: 'integer', integer: BigInt(n) };
}

function compare(op: '!=' | 'array-contains', field: string, wanted: string): Filter {
  return {
    kind: 'compare',
    op,
    operand: { kind: 'field', path: [field] },
    value: { kind: 'string', string: wanted },
  };
}

function ordersOf(field: string, descending: boolean): Query['orders'] {
  return [
    { operand: { kind: 'field', path: [field] }, descending },
    { operand: { kind: 'name' }, descending },
  ];
}

function limited(limit: number | undefined, offset: number, filter?: Filter): Query {
  return {
    parent: ROOT,
    collectionId: 'c',
    allDescendants: false,
    filter,
    orders: ordersOf(filter === notRed ? 'color' : 'n', false),
    startAt: undefined,
    endAt: undefined,
    offset,
    limit,
    select: undefined,
  };
}
