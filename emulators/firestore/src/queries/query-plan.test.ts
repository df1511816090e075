import assert from 'node:assert/strict';
import { MovableClock } from '@waybill/emulator-kit';
import { allModelResults } from '../../test/support/query-model.ts';
import { DocumentStore } from '../store/document-store.ts';
import { presentView, type ReadView, snapshotView } from '../store/read-view.ts';
import { runToEnd } from '../store/steps.ts';
import { parseDocumentName, parseParent } from '../values/resource-name.ts';
import { type Fields, NULL, type Value } from '../values/value.ts';
import type { CompareOp, Filter } from './filter.ts';
import type { Operand } from './operand.ts';
import type { Query } from './query.ts';
import { planByIndex } from './query-plan.ts';
import { countSteps, runQuery } from './run-query.ts';

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
          const all = allNames(query, view).slice(query.offset);
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
    const taggedAny = (...tags: string[]): Filter => ({
      kind: 'list',
      op: 'array-contains-any',
      operand: field('tags'),
      values: tags.map(text),
    });
    const noneOf = (path: string, ...names: string[]): Filter => ({
      kind: 'list',
      op: 'not-in',
      operand: field(path),
      values: names.map(text),
    });
    const named = (op: CompareOp, path: string): Filter => ({
      kind: 'compare',
      op,
      operand: NAME,
      value: reference(path),
    });
    const or = (...filters: Filter[]): Filter => ({ kind: 'or', filters });
    const and = (...filters: Filter[]): Filter => ({ kind: 'and', filters });
    const orderedBy = (path: string) => [{ operand: field(path), descending: false }];
    const byName = (limit: number | undefined, ...filters: Filter[]): Query => ({
      ...everything,
      filter: filters.length === 0 ? undefined : { kind: 'and', filters },
      limit,
    });
    const ordered = (direction: 'asc' | 'desc', limit: number | undefined, ...filters: Filter[]): Query => ({
      ...everything,
      filter: filters.length === 0 ? undefined : { kind: 'and', filters },
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
      assert.deepEqual(looked(ordered('asc', 20, dead, tagged('done'))), [100, 100]);
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

    it('as many as match where arrays are asked for an element', () => {
      lay(atFarEnd);
      assert.deepEqual(looked(ordered('asc', 20, tagged('dead'))), [100, 100]);
      assert.deepEqual(looked(ordered('asc', 20, tagged('?'))), [0]);
      assert.deepEqual(looked(ordered('asc', 20, tagged('dead'), dead)), [100, 100]);
      assert.deepEqual(looked(byName(undefined, tagged('dead'))), [100]);
      assert.deepEqual(looked(byName(20, tagged('dead'))), [20]);
      assert.deepEqual(looked(byName(20, taggedAny('dead', 'done', '?'))), [20]);
      assert.deepEqual(looked(byName(undefined, taggedAny('dead', 'dead', '?'))), [100]);
    });

    it('as many as match where values are excluded', () => {
      lay((n) => n < 950);
      const states = (...filters: Filter[]) => ({
        ...ordered('asc', undefined, ...filters),
        orders: [...orderedBy('state'), ...everything.orders],
      });
      assert.deepEqual(looked(states(compare('!=', 'state', text('dead')))), [50]);
      assert.deepEqual(looked(states(noneOf('state', 'dead', 'lost', '?'))), [25]);
      assert.deepEqual(
        looked(states(compare('!=', 'state', NULL), compare('<', 'state', text('done')))),
        [950],
      );
      assert.deepEqual(looked({ ...states(compare('!=', 'state', text('dead'))), limit: 5 }), [5]);
      assert.deepEqual(looked(states(compare('!=', 'nothing', NULL))), [0]);
    });

    it('as many as match branch by branch of an `or`, each once', () => {
      lay((n) => n < 100);
      const few = or(dead, compare('==', 'n', integer(500)), compare('==', 'n', integer(5)));
      assert.deepEqual(looked(byName(undefined, few)), [101]);
      assert.deepEqual(looked(byName(20, few)), [20]);
      assert.deepEqual(looked(byName(undefined, or(few, tagged('dead')), kind)), [101]);
      assert.deepEqual(
        looked(byName(undefined, or(dead, and(kind, compare('==', 'n', integer(500)))))),
        [101],
      );
      assert.deepEqual(
        looked(byName(undefined, or(compare('<', 'n', integer(10)), taggedAny('?', 'gone')))),
        [10],
      );
      assert.deepEqual(
        looked(byName(undefined, or(compare('==', 'n', integer(1)), named('<=', 'c/10')))),
        [3],
      );
    });

    it('no documents but results behind a deep offset', () => {
      lay(atFarEnd);
      const deep = { offset: 880, limit: 5 };
      assert.deepEqual(looked({ ...byName(undefined), ...deep }), [5]);
      assert.deepEqual(looked({ ...byName(undefined, kind), ...deep }), [5]);
      assert.deepEqual(looked({ ...byName(undefined, or(kind, dead)), ...deep }), [5]);
      assert.deepEqual(looked({ ...ordered('asc', undefined), ...deep }), [5]);
      assert.deepEqual(
        looked({ ...ordered('desc', undefined, compare('!=', 'n', integer(7))), ...deep }),
        [5],
      );
      assert.deepEqual(looked({ ...byName(undefined, kind), offset: 998, limit: 5 }), [2]);
      assert.deepEqual(looked({ ...byName(undefined, kind), offset: 1_200, limit: 5 }), [0]);
    });

    it('the last ones alone where results come by name in descending order', () => {
      lay(atFarEnd);
      const last = (...filters: Filter[]) => ({
        ...byName(5, ...filters),
        orders: [{ operand: NAME, descending: true }],
      });
      assert.deepEqual(looked(last()), [5]);
      assert.deepEqual(looked(last(kind)), [5]);
      assert.deepEqual(
        looked({ ...last(kind), startAt: { values: [reference('c/5')], before: false } }),
        [5],
      );
    });

    it('all that share the first field with the last one where results are ordered by several', () => {
      for (let n = 0; n < 1_000; n += 1) {
        const tenth = integer(Math.floor(n / 10));
        const few = text(n % 50 === 0 ? 'few' : 'x');
        put(
          `c/${n}`,
          new Map([
            ['tenth', tenth],
            ['n', integer(-n)],
            ['kind', few],
          ]),
        );
      }
      const orders = [field('tenth'), field('n'), NAME].map((operand) => ({ operand, descending: false }));
      assert.deepEqual(looked({ ...byName(12), orders }), [21]);
      // Of the first 20 in order the one that fits is not the first of its tenth.
      assert.deepEqual(looked({ ...byName(1, compare('==', 'kind', text('few'))), orders }), [11]);
      for (let n = 0; n < 10; n += 1) {
        put(
          `one/${n}`,
          new Map([
            ['a', integer(1)],
            ['b', integer(-n)],
            ['kind', text(n % 3 === 0 ? 'x' : 'y')],
          ]),
        );
      }
      const one = {
        ...byName(1, kind),
        collectionId: 'one',
        orders: [...orderedBy('a'), ...orderedBy('b'), ...byName(1).orders],
      };
      assert.deepEqual(looked(one), [4, 4]);
    });

    it('none for a count of what an index knows exactly', () => {
      lay((n) => n < 950);
      assert.deepEqual(counted(byName(undefined)), { count: 1_000, examined: 0 });
      assert.deepEqual(counted({ ...byName(7), offset: 995 }), { count: 5, examined: 0 });
      assert.deepEqual(counted(byName(undefined, compare('!=', 'state', text('dead')))), {
        count: 50,
        examined: 0,
      });
      assert.deepEqual(counted(byName(undefined, taggedAny('dead', 'lost'))), { count: 975, examined: 0 });
      assert.deepEqual(counted(byName(undefined, or(dead, compare('<', 'n', integer(10))))), {
        count: 950,
        examined: 0,
      });
      assert.deepEqual(counted({ ...ordered('asc', undefined), startAt: at(989) }), {
        count: 10,
        examined: 0,
      });
      assert.deepEqual(counted({ ...ordered('desc', 20, compare('>', 'n', integer(5))), offset: 3 }), {
        count: 20,
        examined: 0,
      });
      assert.deepEqual(counted(ordered('asc', undefined, compare('==', 'n', integer(3)), kind)), {
        count: 1,
        examined: 1,
      });
    });

    it('the matches alone where there are no more than are wanted', () => {
      lay(atFarEnd);
      assert.deepEqual(looked(ordered('asc', 100, dead)), [100]);
      assert.deepEqual(looked(ordered('asc', undefined, dead)), [100]);
    });

    it('nothing beyond the cursors', () => {
      lay(atFarEnd);
      assert.deepEqual(
        looked({ ...ordered('asc', 20, tagged('lost')), startAt: at(889), endAt: at(894) }),
        [5],
      );
      assert.deepEqual(looked({ ...ordered('desc', 20), startAt: at(10), endAt: at(6) }), [4]);
      assert.deepEqual(looked({ ...ordered('asc', 20, dead, tagged('dead')), startAt: at(979) }), [20]);
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
      assert.deepEqual(looked({ ...below, filter: dead }), [0]);
      assert.deepEqual(counted(below), { count: 3, examined: 0 });
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
      const results = allNames(query, presentView(store));
      const names = allNames({ ...query, filter: { kind: 'and', filters: bounds } }, presentView(store));
      const last = results[offset + limit - 1];
      return last === undefined ? names.length : names.indexOf(last) + 1;
    }

    /** How many documents the condition leaves that leaves fewest, of those that have an index. */
    function picked({ filter }: Query): number {
      const parts = filter?.kind === 'and' ? filter.filters : [];
      const sizes = parts.map((part) => allNames({ ...everything, filter: part }, presentView(store)).length);
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
        *lookUp(names) {
          const way = counts.push(0) - 1;
          for (const document of view.lookUp(names)) {
            counts[way] = (counts[way] ?? 0) + 1;
            yield document;
          }
        },
        scan: () => assert.fail('every document was looked at'),
      };
      const all = allNames(query, view).slice(query.offset);
      assert.deepEqual(namesOf(query, counting), all.slice(0, query.limit), JSON.stringify(query, bigints));
      return counts;
    }

    /** Counts a query's results, and how many documents that looked at. */
    function counted(query: Query): { count: number; examined: number } {
      return runToEnd(countSteps(query, presentView(store)));
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

/** All results, offset and limit aside, by a look at every document. */
function allNames(query: Query, view: ReadView): string[] {
  const all = view.scan({ parent: query.parent, allDescendants: true });
  return allModelResults(query, all).map(({ name }) => name);
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

function reference(path: string): Value {
  return { kind: 'reference', reference: `${DOCUMENTS}/${path}` };
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
