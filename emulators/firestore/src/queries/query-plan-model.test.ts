import assert from 'node:assert/strict';
import { MovableClock } from '@waybill/emulator-kit';
import { allModelResults, modelResults } from '../../test/support/query-model.ts';
import { DocumentStore } from '../store/document-store.ts';
import { presentView, type ReadView, snapshotView } from '../store/read-view.ts';
import { runToEnd, type Steps } from '../store/steps.ts';
import type { StoredDocument } from '../store/stored-document.ts';
import { parseDocumentName, parseParent } from '../values/resource-name.ts';
import type { Micros } from '../values/timestamp.ts';
import { type Fields, NULL, type Value } from '../values/value.ts';
import type { Filter } from './filter.ts';
import type { Operand } from './operand.ts';
import type { Cursor, Order, Query } from './query.ts';
import { planByIndex } from './query-plan.ts';
import { countSteps, querySteps } from './run-query.ts';

const DOCUMENTS = 'projects/p/databases/d/documents';
/** `QUERY_MODEL_ROUNDS=500 npm test …` for the long form. */
const ROUNDS = Number(process.env['QUERY_MODEL_ROUNDS'] ?? 12);
const SEED = Number(process.env['QUERY_MODEL_SEED'] ?? 1);
const QUERIES_PER_ROUND = 25;

type Pick = <T>(from: readonly T[]) => T;

/** Random queries by indexes, against a model that looks at every document that it was told of. */
describe('querySteps()', function () {
  this.timeout(ROUNDS * 10_000);

  let pick: Pick;
  let store: DocumentStore;
  let model: VersionModel;
  beforeEach(() => {
    pick = picker(SEED);
    store = new DocumentStore({ clock: new MovableClock() });
    model = new VersionModel();
  });
  afterEach(() => store.close());

  it('finds what a look at every document finds, now, at a time, and while others write', () => {
    let planned = 0;
    const times: Micros[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      for (let n = 0; n < 40; n += 1) write();
      times.push(store.clock.next());
      for (let n = 0; n < QUERIES_PER_ROUND; n += 1) {
        const query = randomQuery(pick);
        const past = pick(times);
        for (const view of [presentView(store), snapshotView(store, past), presentView(store)]) {
          if (planByIndex(query, view, query.limit ?? Number.POSITIVE_INFINITY) !== undefined) planned += 1;
          checkResults(query, view, pick([true, false]));
          checkCount(query, view, pick([true, false]));
        }
      }
    }
    assert.ok(planned > ROUNDS * QUERIES_PER_ROUND, `only ${planned} of the queries used an index`);
  });

  it('finds the same by indexes that are being made while others write', () => {
    for (let round = 0; round < 10 * ROUNDS; round += 1) {
      const fresh = new DocumentStore({ clock: new MovableClock() });
      model = new VersionModel();
      store.close();
      store = fresh;
      for (let n = 0; n < pick([60, 150, 300]); n += 1) write();
      const query = randomQuery(pick);
      checkResults(query, presentView(store), true);
      checkResults(query, presentView(store), false);
    }
  });

  function checkResults(query: Query, view: ReadView, isDisturbed: boolean): void {
    const expected = modelResults(query, model.at(view.readMicros)).map(versionOf);
    const unpin = store.pin(view.readMicros);
    const result = run(querySteps(query, view), isDisturbed);
    unpin();
    assert.deepEqual(result.documents.map(versionOf), expected, textOf(query));
    const all = allModelResults(query, model.at(view.readMicros)).length;
    assert.equal(result.skipped, Math.min(query.offset, all), textOf(query));
  }

  function checkCount(query: Query, view: ReadView, isDisturbed: boolean): void {
    const unpin = store.pin(view.readMicros);
    const { count } = run(countSteps(query, view), isDisturbed);
    unpin();
    assert.equal(count, modelResults(query, model.at(view.readMicros)).length, textOf(query));
  }

  function run<T>(steps: Steps<T>, isDisturbed: boolean): T {
    if (!isDisturbed) return runToEnd(steps);
    for (;;) {
      const { done, value } = steps.next();
      if (done === true) return value;
      for (let n = pick([0, 1, 3]); n > 0; n -= 1) write();
    }
  }

  function write(): void {
    const id = pick([...'abcdefghijklmnopqrstuvwxyz']) + pick(['', '', '1', '2', '3', '4']);
    const path = pick([`c/${id}`, `c/${id}`, `c/${id}/c/${pick([...'xy'])}`, `d/d/c/${id}`]);
    const name = parseDocumentName(`${DOCUMENTS}/${path}`);
    const isThere = pick([true, true, true, false]);
    if (!isThere && store.get(name) === undefined) return;
    const fields = isThere ? randomFields(pick, store.get(name)?.fields) : undefined;
    const micros = store.clock.next();
    store.apply([{ name, fields }], micros);
    model.write(name.name, micros, fields);
  }
});

/** All versions of all documents, in a plain list. */
class VersionModel {
  readonly #versions: { name: string; micros: Micros; fields: Fields | undefined }[] = [];

  write(name: string, micros: Micros, fields: Fields | undefined): void {
    this.#versions.push({ name, micros, fields });
  }

  at(atMicros: Micros): StoredDocument[] {
    const latest = new Map<string, StoredDocument | undefined>();
    for (const { name, micros, fields } of this.#versions) {
      if (micros > atMicros) break;
      latest.set(name, fields && { name, fields, createMicros: 0, updateMicros: micros, dataBytes: 0 });
    }
    return [...latest.values()].filter((document) => document !== undefined);
  }
}

function versionOf({ name, updateMicros }: StoredDocument): string {
  return `${name.slice(DOCUMENTS.length)}@${updateMicros}`;
}

const VALUES: readonly Value[] = [
  NULL,
  { kind: 'boolean', boolean: true },
  integer(1),
  double(1),
  integer(2),
  double(2.5),
  double(0),
  double(-0),
  double(Number.NaN),
  double(Number.POSITIVE_INFINITY),
  { kind: 'timestamp', seconds: 1, nanos: 0 },
  text('a'),
  text('b'),
  { kind: 'reference', reference: `${DOCUMENTS}/c/a` },
  array(),
  array(integer(1)),
  array(integer(1), integer(1), text('a')),
  array(NULL, double(Number.NaN)),
  array(double(1), double(2), array(text('a'))),
  { kind: 'map', fields: new Map() },
  { kind: 'map', fields: new Map([['x', integer(1)]]) },
  { kind: 'map', fields: new Map([['x', array(integer(1), text('a'))]]) },
];
const PATHS = [['r'], ['s'], ['t'], ['m'], ['m', 'x']] as const;

function randomFields(pick: Pick, before: Fields | undefined): Fields {
  // Often one field alone changes.
  if (before !== undefined && pick([true, false])) {
    return new Map([...before, [pick([...'rstm']), pick(VALUES)]]);
  }
  return new Map(
    [...'rstm'].flatMap((name) => {
      const value =
        name === 'm' ? { kind: 'map' as const, fields: new Map([['x', pick(VALUES)]]) } : pick(VALUES);
      return pick([true, true, false]) ? [[name, value] as const] : [];
    }),
  );
}

function randomQuery(pick: Pick): Query {
  const orders = randomOrders(pick);
  const parent = pick(['', '', '', '/d/d']);
  return {
    parent: parseParent(`${DOCUMENTS}${parent}`),
    collectionId: 'c',
    allDescendants: pick([true, false]),
    filter: pick([undefined, ...Array.from({ length: 6 }, () => randomFilter(pick, 2))]),
    orders,
    startAt: randomCursor(pick, orders),
    endAt: randomCursor(pick, orders),
    offset: pick([0, 0, 0, 1, 4, 300]),
    limit: pick([undefined, 1, 3, 10]),
    select: undefined,
  };
}

function randomOrders(pick: Pick): Order[] {
  const fields = pick([[], [pick(PATHS)], [PATHS[0], PATHS[1]], [PATHS[2], PATHS[4]]]);
  const descending = pick([true, false]);
  return [...fields.map((path): Operand => ({ kind: 'field', path })), { kind: 'name' } as const].map(
    (operand) => ({ operand, descending: pick([descending, descending, descending, !descending]) }),
  );
}

function randomCursor(pick: Pick, orders: readonly Order[]): Cursor | undefined {
  if (pick([true, true, false])) return undefined;
  const values = orders.map(({ operand }) => (operand.kind === 'name' ? randomName(pick) : pick(VALUES)));
  return { values: values.slice(0, pick([1, orders.length])), before: pick([true, false]) };
}

function randomName(pick: Pick): Value {
  return {
    kind: 'reference',
    reference: `${DOCUMENTS}/${pick(['c/a', 'c/k2', 'c/z', 'c/f/c/x', 'd/d/c/m'])}`,
  };
}

function randomFilter(pick: Pick, depth: number): Filter {
  if (depth > 0 && pick([true, false])) {
    const filters = Array.from({ length: pick([1, 2, 2, 3]) }, () => randomFilter(pick, depth - 1));
    return { kind: pick(['and', 'or']), filters };
  }
  if (pick([true, ...Array.from({ length: 7 }, () => false)])) return randomNameFilter(pick);
  const operand: Operand = { kind: 'field', path: pick(PATHS) };
  if (pick([true, true, false])) {
    const op = pick([
      '==',
      '==',
      '<',
      '<=',
      '>',
      '>=',
      '!=',
      '!=',
      'array-contains',
      'array-contains',
    ] as const);
    return { kind: 'compare', op, operand, value: pick(VALUES) };
  }
  const values = Array.from({ length: pick([1, 2, 4]) }, () => pick(VALUES));
  return { kind: 'list', op: pick(['in', 'not-in', 'array-contains-any']), operand, values };
}

function randomNameFilter(pick: Pick): Filter {
  const operand: Operand = { kind: 'name' };
  if (pick([true, false])) {
    const op = pick(['==', '<', '<=', '>', '>=', '!='] as const);
    return { kind: 'compare', op, operand, value: randomName(pick) };
  }
  return { kind: 'list', op: pick(['in', 'not-in']), operand, values: [randomName(pick), randomName(pick)] };
}

/** The same choices for the same seed: a linear congruential generator, of which the upper bits are taken. */
function picker(seed: number): Pick {
  let state = seed;
  return (from) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return from[Math.floor((state / 2 ** 32) * from.length)] as (typeof from)[number];
  };
}

function array(...values: Value[]): Value {
  return { kind: 'array', values };
}

function integer(n: number): Value {
  return { kind: 'integer', integer: BigInt(n) };
}

function double(n: number): Value {
  return { kind: 'double', double: n };
}

function text(string: string): Value {
  return { kind: 'string', string };
}

function textOf(query: Query): string {
  return JSON.stringify(query, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
}
