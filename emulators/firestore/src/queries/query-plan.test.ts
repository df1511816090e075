import assert from 'node:assert/strict';
import { MovableClock } from '@waybill/emulator-kit';
import { DocumentStore } from '../store/document-store.ts';
import { presentView, type ReadView, snapshotView } from '../store/read-view.ts';
import { parseDocumentName, parseParent } from '../values/resource-name.ts';
import { type Fields, NULL, type Value } from '../values/value.ts';
import type { CompareOp, Filter } from './filter.ts';
import type { Operand } from './operand.ts';
import type { Query } from './query.ts';
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

  describe('looks at', () => {
    /** 1,000 documents by `n`: some `dead`, the others `done` and `lost` by turns. The state is also their only tag. */
    const lay = (isDead: (n: number) => boolean): void => {
      for (let n = 0; n < 1_000; n += 1) {
        const state = text(isDead(n) ? 'dead' : n % 2 === 0 ? 'done' : 'lost');
        const tags: Value = { kind: 'array', values: [state] };
        put(
          `c/${n}`,
          new Map([
            ['n', integer(n)],
            ['state', state],
            ['tags', tags],
            ['kind', text('x')],
          ]),
        );
      }
    };
    const atNearEnd = (n: number) => n < 100;
    const atFarEnd = (n: number) => n >= 900;
    const dead = compare('==', 'state', text('dead'));
    const kind = compare('==', 'kind', text('x'));
    const tagged = (tag: string) => compare('array-contains', 'tags', text(tag));
    const states = (...names: string[]): Filter => ({
      kind: 'list',
      op: 'in',
      operand: field('state'),
      values: names.map(text),
    });
    const ordered = (direction: 'asc' | 'desc', limit: number | undefined, ...filters: Filter[]): Query => ({
      ...everything,
      filter: { kind: 'and', filters },
      orders: [field('n'), NAME].map((operand) => ({ operand, descending: direction === 'desc' })),
      limit,
    });
    const at = (n: number) => ({ values: [integer(n)], before: false });

    it('no more documents in order than are needed, where matches lie close', () => {
      lay((n) => n % 10 === 0);
      // Of 450 that are done, those at 2, 4, 6, 8, 12, 14…: the 20th comes at 48.
      assert.deepEqual(looked(ordered('asc', 20, compare('==', 'state', text('done')))), [49]);
      assert.deepEqual(looked(ordered('asc', 5, kind)), [5]);
      assert.deepEqual(looked(ordered('desc', 5)), [5]);
      assert.deepEqual(looked(ordered('asc', 5, kind, tagged('dead'))), [41]);
    });

    it('as many in order as match at most, then at these, where matches are scarce', () => {
      lay((n) => n % 10 === 0);
      assert.deepEqual(looked(ordered('asc', 20, dead)), [100, 100]);
    });

    it('the first ones alone where all matches lie at the near end', () => {
      lay(atNearEnd);
      assert.deepEqual(looked(ordered('asc', 20, dead)), [20]);
      assert.deepEqual(looked({ ...ordered('asc', 20, dead), offset: 30 }), [50]);
    });

    it('no more than twice the matches where all lie at the far end', () => {
      lay(atFarEnd);
      assert.deepEqual(looked(ordered('asc', 20, dead)), [100, 100]);
      assert.deepEqual(looked({ ...ordered('asc', 20, dead), offset: 30 }), [100, 100]);
    });

    it('the last ones alone of all matches at the far end, where the order is turned round', () => {
      lay(atFarEnd);
      assert.deepEqual(looked(ordered('desc', 20, dead)), [20]);
    });

    it('no more than twice the matches where all lie at the near end and the order is turned round', () => {
      lay(atNearEnd);
      assert.deepEqual(looked(ordered('desc', 20, dead)), [100, 100]);
    });

    it('nothing where a condition leaves nothing, and no more than twice what one leaves that fulfils no other', () => {
      lay(atFarEnd);
      assert.deepEqual(looked(ordered('asc', 20, compare('==', 'state', text('?')))), [0]);
      assert.deepEqual(looked(ordered('asc', 20, dead, tagged('?'))), [100, 100]);
    });

    it('what the most telling of several conditions leaves', () => {
      lay(atFarEnd);
      assert.deepEqual(looked(ordered('asc', 20, kind, dead, states('dead', 'done'))), [100, 100]);
      assert.deepEqual(looked(ordered('asc', undefined, kind, compare('<', 'n', integer(3)))), [3]);
      assert.deepEqual(looked(ordered('asc', 20, kind, compare('<', 'n', integer(3)))), [3]);
    });

    it('all values of an `in` together', () => {
      lay(atFarEnd);
      assert.deepEqual(looked(ordered('asc', 20, states('dead', 'dead', '?'))), [100, 100]);
      assert.deepEqual(looked(ordered('asc', 20, states('dead', 'done'))), [39]);
    });

    it('each document once at most for a condition that no index answers', () => {
      lay(atFarEnd);
      assert.deepEqual(looked(ordered('asc', 20, tagged('dead'))), [920]);
      assert.deepEqual(looked(ordered('asc', 20, tagged('?'))), [1_000]);
      assert.deepEqual(looked(ordered('asc', 20, tagged('dead'), dead)), [100, 100]);
    });

    it('the matches alone where there are no more than are wanted', () => {
      lay(atFarEnd);
      assert.deepEqual(looked(ordered('asc', 100, dead)), [100]);
      assert.deepEqual(looked(ordered('asc', undefined, dead)), [100]);
    });

    it('nothing beyond the cursors', () => {
      lay(atFarEnd);
      assert.deepEqual(looked({ ...ordered('asc', 20, tagged('?')), startAt: at(989), endAt: at(994) }), [5]);
      assert.deepEqual(looked({ ...ordered('desc', 20), startAt: at(10), endAt: at(6) }), [4]);
      assert.deepEqual(looked({ ...ordered('asc', 20, dead, tagged('?')), startAt: at(979) }), [20]);
      assert.deepEqual(looked({ ...ordered('asc', 200, dead), endAt: at(9) }), [10]);
    });

    it('nothing of what has the value of a cursor and comes before it', () => {
      const id = (n: number) => `${n}`.padStart(3, '0');
      for (let n = 0; n < 100; n += 1) put(`c/${id(n)}`, new Map([['n', integer(1)]]));
      const name = (n: number): Value => ({ kind: 'reference', reference: `${DOCUMENTS}/c/${id(n)}` });
      const after = { values: [integer(1), name(49)], before: false };
      assert.deepEqual(looked({ ...ordered('asc', 5), startAt: after }), [5]);
      assert.deepEqual(looked({ ...ordered('desc', 5), startAt: after }), [5]);
      assert.deepEqual(looked({ ...ordered('asc', 5), startAt: at(1) }), [0]);
      assert.deepEqual(looked({ ...ordered('desc', 5), endAt: { ...at(1), before: true } }), [0]);
    });

    it('nothing under other parents', () => {
      lay(atFarEnd);
      for (const id of 'abc') put(`p/p/c/${id}`, new Map([['n', integer(500)]]));
      const below = { ...ordered('asc', 20), parent: parseParent(`${DOCUMENTS}/p/p`) };
      assert.deepEqual(looked(below), [3]);
      assert.deepEqual(looked({ ...below, filter: compare('>=', 'n', integer(0)) }), [3]);
      assert.deepEqual(looked({ ...below, filter: dead }), [0, 0]);
    });

    it('no more than twice what the better way takes, whatever lies where', () => {
      const pick = picker(11);
      let changed = 0;
      for (let round = 0; round < 15; round += 1) {
        putRandomDocuments(pick);
        for (let n = 0; n < 30; n += 1) {
          const { query, onN } = randomQuery(pick);
          const counts = looked(query);
          if (counts.length > 1) changed += 1;
          assert.ok(
            counts.reduce((sum, count) => sum + count, 0) <= 2 * Math.min(inOrder(query, onN), picked(query)),
            `${counts.join(' + ')} ${JSON.stringify(query, bigints)}`,
          );
        }
      }
      assert.ok(changed > 50, `only ${changed} of the queries were answered in the other way`);
    });

    function putRandomDocuments(pick: ReturnType<typeof picker>): void {
      const isCommon = pick([(n: number) => n < 20, (n: number) => n >= 60, () => pick([true, false])]);
      for (let n = 0; n < 80; n += 1) {
        const one = (name: string, value: Value) =>
          pick([true, true, true, false]) ? [[name, value] as const] : [];
        put(
          `c/${n}`,
          new Map([
            ...one('n', integer(Math.floor(n / pick([1, 3])))),
            ...one('state', text(isCommon(n) ? pick([...'ab']) : 'c')),
            ...one('tags', { kind: 'array', values: [text(pick([...'ab']))] }),
          ]),
        );
      }
    }

    /** A query, and those of its conditions that are on `n`. */
    function randomQuery(pick: ReturnType<typeof picker>): { query: Query; onN: readonly Filter[] } {
      const onN = pick([[], [], [compare('>=', 'n', integer(pick([5, 40])))]]);
      const others = pick([
        [states(pick([...'abc']))],
        [states('a', 'b')],
        [compare('==', 'state', text(pick([...'abc']))), tagged(pick([...'ab']))],
        [tagged('a')],
      ]);
      const query = {
        ...ordered(pick(['asc', 'desc']), pick([1, 5, 20, 60]), ...onN, ...others),
        offset: pick([0, 0, 3]),
        startAt: pick([undefined, undefined, at(pick([10, 50]))]),
        endAt: pick([undefined, undefined, at(pick([20, 70]))]),
      };
      return { query, onN };
    }

    /** How many documents come in order until there are enough. */
    function inOrder(query: Query, bounds: readonly Filter[]): number {
      const { limit = 0, offset } = query;
      const results = namesOf({ ...withoutIndex(query), offset: 0 }, presentView(store));
      const walked = { ...query, filter: { kind: 'and', filters: bounds } as const, offset: 0 };
      const names = namesOf(withoutIndex(walked), presentView(store));
      const last = results[offset + limit - 1];
      return last === undefined ? names.length : names.indexOf(last) + 1;
    }

    /** How many documents the condition leaves that leaves fewest, of those that have an index. */
    function picked({ filter }: Query): number {
      const parts = filter?.kind === 'and' ? filter.filters : [];
      const sizes = parts
        .filter((part) => 'op' in part && part.op !== 'array-contains')
        .map((part) => namesOf(withoutIndex({ ...everything, filter: part }), presentView(store)).length);
      return Math.min(...sizes, 80);
    }

    /** Runs a query, which must find the right results. How many documents it looked at, for each way that it tried. */
    function looked(query: Query): number[] {
      const view = presentView(store);
      // Indexes are made by a look at everything, which comes before.
      planByIndex(query, view, query.limit ?? Number.POSITIVE_INFINITY);
      const counts: number[] = [];
      const counting: ReadView = {
        ...view,
        *lookUp(names, scope) {
          const way = counts.push(0) - 1;
          for (const document of view.lookUp(names, scope)) {
            counts[way] = (counts[way] ?? 0) + 1;
            yield document;
          }
        },
        scan: () => assert.fail('every document was looked at'),
      };
      const all = namesOf(withoutIndex(query), view);
      assert.deepEqual(namesOf(query, counting), all.slice(0, query.limit), JSON.stringify(query, bigints));
      return counts;
    }
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
  const name = (): Value => ({ kind: 'reference', reference: `${DOCUMENTS}/c/${pick([...'afkp'])}` });
  const cursor = () =>
    pick([undefined, { values: [pick(VALUES), ...pick([[], [name()]])], before: pick([true, false]) }]);
  return {
    ...everything,
    allDescendants: pick([true, false]),
    filter:
      filters.length === 1 ? only : filters.length === 0 ? undefined : { kind: pick(['and', 'or']), filters },
    orders,
    startAt: orderedBy === undefined ? undefined : cursor(),
    endAt: orderedBy === undefined ? undefined : cursor(),
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
