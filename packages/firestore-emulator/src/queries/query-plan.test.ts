import assert from 'node:assert/strict';
import { MovableClock } from '@waybill/emulator-kit';
import { DocumentStore } from '../store/document-store.ts';
import { presentView, type ReadView, snapshotView } from '../store/read-view.ts';
import { parseDocumentName, parseParent } from '../values/resource-name.ts';
import { type Fields, NULL, type Value } from '../values/value.ts';
import type { CompareOp, Filter } from './filter.ts';
import type { Operand, Query } from './query.ts';
import { planByIndex } from './query-plan.ts';
import { runQuery } from './run-query.ts';

const DOCUMENTS = 'projects/p/databases/d/documents';
const NAME: Operand = { kind: 'name' };

/** Queries that find a document by an index, against the same ones that look at every document. */
describe('planByIndex()', () => {
  let store: DocumentStore;
  beforeEach(() => {
    store = new DocumentStore({ clock: new MovableClock() });
  });
  afterEach(() => store.close());

  it('finds what a look at every document finds, now and at a time, in the same order', () => {
    const pick = picker(7);
    const times: number[] = [];
    let planned = 0;
    for (let round = 0; round < 40; round += 1) {
      for (let n = 0; n < 8; n += 1)
        write(pick, pick([...'abcdefghijklmnop']), pick([true, true, true, false]));
      times.push(store.clock.next());
      const views = [presentView(store), snapshotView(store, pick(times))];
      for (let n = 0; n < 20; n += 1) {
        const query = randomQuery(pick);
        for (const view of views) {
          if (planByIndex(query, view, query.limit ?? Number.POSITIVE_INFINITY) !== undefined) planned += 1;
          const all = namesOf(withoutIndex(query), view);
          assert.deepEqual(namesOf(query, view), all.slice(0, query.limit), JSON.stringify(query, bigints));
        }
      }
    }
    assert.ok(planned > 500, `only ${planned} of the queries used an index`);
  });

  it('looks at what the most telling condition leaves, or at the first ones in order', () => {
    for (let n = 0; n < 100; n += 1) {
      const isLast = n >= 98;
      put(
        `c/${n}`,
        new Map([
          ['n', integer(n)],
          ['state', text(isLast ? 'dead' : 'done')],
          ['kind', text('x')],
        ]),
      );
    }
    const looked = (
      filter: Filter | undefined,
      orderBy: string | undefined,
      limit: number | undefined,
    ): number => {
      let count = 0;
      const view = presentView(store);
      const counting: ReadView = {
        ...view,
        *lookUp(names, scope) {
          for (const document of view.lookUp(names, scope)) {
            count += 1;
            yield document;
          }
        },
        scan: () => assert.fail('every document was looked at'),
      };
      const orders = [...(orderBy === undefined ? [] : [{ operand: field(orderBy), descending: true }])];
      runQuery(
        { ...everything, filter, orders: [...orders, { operand: NAME, descending: true }], limit },
        counting,
      );
      return count;
    };
    // The index is made by a scan, which comes before.
    for (const path of ['n', 'state', 'kind']) store.fieldIndex('projects/p/databases/d', 'c', [path]);
    const kind: Filter = compare('==', 'kind', text('x'));
    assert.equal(looked(compare('==', 'state', text('dead')), undefined, undefined), 2);
    assert.equal(looked({ kind: 'and', filters: [kind, compare('==', 'state', text('dead'))] }, 'n', 50), 2);
    assert.equal(
      looked({ kind: 'and', filters: [kind, compare('<', 'n', integer(3))] }, undefined, undefined),
      3,
    );
    assert.equal(looked(undefined, 'n', 5), 5);
    assert.equal(looked(kind, 'n', 5), 5);
  });

  function put(path: string, fields: Fields | undefined): void {
    store.apply([{ name: parseDocumentName(`${DOCUMENTS}/${path}`), fields }], store.clock.next());
  }

  function write(pick: Pick, id: string, isThere: boolean): void {
    const path = pick([`c/${id}`, `c/${id}`, `c/${id}/c/${pick([...'xy'])}`]);
    if (!isThere && store.get(parseDocumentName(`${DOCUMENTS}/${path}`)) === undefined) return;
    const fields = new Map(
      [...'rst'].flatMap((name) => (pick([true, true, false]) ? [[name, pick(VALUES)] as const] : [])),
    );
    put(path, isThere ? fields : undefined);
  }
});

const everything: Query = {
  parent: parseParent(DOCUMENTS),
  collectionId: 'c',
  allDescendants: false,
  filter: undefined,
  orders: [{ operand: NAME, descending: false }],
  startAt: undefined,
  endAt: undefined,
  offset: 0,
  limit: undefined,
  select: undefined,
};

const VALUES: readonly Value[] = [
  NULL,
  integer(1),
  { kind: 'double', double: 1 },
  integer(2),
  { kind: 'double', double: Number.NaN },
  text('a'),
  text('b'),
  { kind: 'array', values: [integer(1)] },
];

type Pick = <T>(from: readonly T[]) => T;

/** The same choices for the same seed: a linear congruential generator, of which the upper bits are taken. */
function picker(seed: number): Pick {
  let state = seed;
  return (from) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const index = Math.floor((state / 2 ** 32) * from.length);
    return from[index] as (typeof from)[number];
  };
}

function randomQuery(pick: Pick): Query {
  const descending = pick([true, false]);
  const orderedBy = pick([undefined, ...'rst']);
  const orders = [
    ...(orderedBy === undefined ? [] : [{ operand: field(orderedBy), descending }]),
    { operand: NAME, descending: pick([descending, descending, !descending]) },
  ];
  const filters = Array.from({ length: pick([0, 1, 2]) }, (): Filter => {
    const path = pick([...'rst']);
    return pick([true, true, false])
      ? compare(pick(['==', '<', '<=', '>', '>=', '!=', 'array-contains']), path, pick(VALUES))
      : { kind: 'list', op: 'in', operand: field(path), values: [pick(VALUES), pick(VALUES)] };
  });
  const [only] = filters;
  const start = { values: [pick(VALUES)], before: pick([true, false]) };
  return {
    ...everything,
    allDescendants: pick([true, false]),
    filter:
      filters.length === 1 ? only : filters.length === 0 ? undefined : { kind: pick(['and', 'or']), filters },
    orders,
    startAt: orderedBy === undefined ? undefined : pick([undefined, start]),
    offset: pick([0, 0, 1]),
    limit: pick([undefined, 1, 3]),
  };
}

/** The same query in words that no index is made for: an `or` of one. */
function withoutIndex(query: Query): Query {
  const { filter } = query;
  // Without a limit no index is read in order; the limit is then applied by hand.
  return { ...query, filter: filter && { kind: 'or', filters: [filter] }, limit: undefined };
}

function namesOf(query: Query, view: ReadView): string[] {
  return runQuery(query, view).documents.map(({ name }) => name);
}

function compare(op: CompareOp, path: string, value: Value): Filter {
  return { kind: 'compare', op, operand: field(path), value };
}

function field(path: string): Operand {
  return { kind: 'field', path: [path] };
}

function integer(n: number): Value {
  return { kind: 'integer', integer: BigInt(n) };
}

function text(string: string): Value {
  return { kind: 'string', string };
}

function bigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}
