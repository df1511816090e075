import { Filter, type Firestore, type Query, type WhereFilterOp } from '@google-cloud/firestore';
import type { BatteryCase } from './oracle-battery.ts';

type Pick = <T>(from: readonly T[]) => T;

const DOCUMENTS = 80;
const FIELDS = ['a', 'b', 'tags', 'm.x'];
const VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -0,
  1,
  1.5,
  2,
  Number.NaN,
  'x',
  'y',
  [],
  [1],
  [1, 'x'],
  [1, 1, null, Number.NaN],
  { x: 1 },
  { x: [1, 'x'] },
];
const OPERATORS: readonly WhereFilterOp[] = [
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
];
const LIST_OPERATORS: readonly WhereFilterOp[] = ['in', 'not-in', 'array-contains-any'];

/** Writes the documents that the queries are about: each field with a value of any type, or missing; some written twice. */
export async function prepareRandom(db: Firestore): Promise<void> {
  const pick = picker(17);
  const written = new Set<string>();
  for (let n = 0; n < 2 * DOCUMENTS; n += 1) {
    const path = pick([`random/${pick(IDS)}`, `random/${pick(IDS)}`, `random/p/random/${pick(IDS)}`]);
    if (written.has(path) && pick([true, false, false])) await db.doc(path).delete();
    else await db.doc(path).set(randomData(pick));
    written.add(path);
  }
}

/** Random queries: each runs on both servers with the same choices. */
export function randomQueries(count: number, seed: number): BatteryCase[] {
  return Array.from({ length: count }, (_, index) => ({
    title: `random query ${index + 1} of seed ${seed}`,
    async run(db) {
      const pick = picker(seed * 100_003 + index);
      const { query, text } = acceptedQuery(db, pick);
      const isCount = pick([true, false, false, false]);
      try {
        const result = isCount
          ? (await query.count().get()).data().count
          : (await query.get()).docs.map(({ ref }) => ref.path);
        return { text, result };
      } catch (error) {
        return { text, code: (error as { code?: number }).code ?? 'refused by the client' };
      }
    },
  }));
}

const IDS = Array.from({ length: DOCUMENTS }, (_, n) => `d${(n * 37) % 101}`);

function randomData(pick: Pick): Record<string, unknown> {
  const data: Record<string, unknown> = {};
  for (const field of ['a', 'b', 'tags']) if (pick([true, true, true, false])) data[field] = pick(VALUES);
  if (pick([true, true, false])) data['m'] = pick([{ x: pick(VALUES) }, { x: pick(VALUES) }, 1]);
  return data;
}

/** One that both servers run. Refusals have cases of their own; each costs the client seconds with the official emulator. */
function acceptedQuery(db: Firestore, pick: Pick): { query: Query; text: string } {
  for (;;) {
    const random = randomQuery(db, pick);
    if (isAccepted(random.text)) return random;
  }
}

function isAccepted(text: string): boolean {
  const count = (pattern: RegExp): number => [...text.matchAll(pattern)].length;
  const byName = text.includes('order by __name__');
  // The official emulator refuses both, and ours answers them on purpose.
  if (byName && (/__name__ desc|limit to last/.test(text) || count(/[<>]|!=|not-in/g) > 0)) return false;
  if (count(/array-contains/g) > 1 || count(/!=|not-in/g) > 1) return false;
  return !text.includes('not-in') || count(/ in |array-contains-any|or \(/g) === 0;
}

function randomQuery(db: Firestore, pick: Pick): { query: Query; text: string } {
  const words: string[] = [];
  const say = (...parts: unknown[]): void => {
    words.push(parts.map((part) => (typeof part === 'string' ? part : show(part))).join(' '));
  };
  let query: Query = pick([true, true, false]) ? db.collection('random') : db.collectionGroup('random');
  for (let n = pick([0, 1, 1, 1, 2]); n > 0; n -= 1) query = query.where(randomFilter(pick, 2, say));
  const orders = pick([[], [], [pick(FIELDS)], ['a', 'b'], ['__name__']]);
  const direction = pick(['asc', 'desc'] as const);
  for (const field of orders) {
    say('order by', field, direction);
    query = query.orderBy(field, direction);
  }
  const [order] = orders;
  if (order !== undefined && order !== '__name__' && pick([true, false])) {
    const [value, method] = [pick(VALUES), pick(['startAt', 'startAfter', 'endAt', 'endBefore'] as const)];
    say(method, value);
    query = query[method](value);
  }
  const limit = pick([undefined, undefined, 1, 3, 10]);
  const isLast = limit !== undefined && orders.length > 0 && pick([true, false, false]);
  if (limit !== undefined) {
    say(isLast ? 'limit to last' : 'limit', limit);
    query = isLast ? query.limitToLast(limit) : query.limit(limit);
  }
  const offset = pick([0, 0, 0, 2]);
  if (offset > 0 && !isLast) {
    say('offset', offset);
    query = query.offset(offset);
  }
  return { query, text: words.join(', ') };
}

function randomFilter(pick: Pick, depth: number, say: (...parts: unknown[]) => void): Filter {
  if (depth > 0 && pick([true, false, false])) {
    const isAnd = pick([true, false]);
    say(isAnd ? 'and (' : 'or (');
    const filters = Array.from({ length: pick([1, 2, 2, 3]) }, () => randomFilter(pick, depth - 1, say));
    say(')');
    return isAnd ? Filter.and(...filters) : Filter.or(...filters);
  }
  const field = pick(FIELDS);
  const isList = pick([true, false, false]);
  const operator = isList ? pick(LIST_OPERATORS) : pick(OPERATORS);
  const value = isList ? Array.from({ length: pick([1, 2, 3]) }, () => pick(VALUES)) : pick(VALUES);
  say(field, operator, value);
  return Filter.where(field, operator, value);
}

function show(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (Object.is(inner, Number.NaN) ? 'NaN' : inner));
}

/** The same choices for the same seed. */
function picker(seed: number): Pick {
  let state = Math.imul(seed, 2_654_435_761) >>> 0;
  return (from) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return from[Math.floor((state / 2 ** 32) * from.length)] as (typeof from)[number];
  };
}
