import { contains, representatives } from './character-set.ts';
import type { Automaton } from './pattern-automaton.ts';

/** A set of strings: those that all its automata accept, with a length (in characters) within its bounds. */
export interface StringSet {
  readonly automata: readonly Automaton[];
  readonly minLength: number;
  readonly maxLength: number;
}

/** Limits a search: beyond this many situations it is given up. */
const MAX_SITUATIONS = 20_000;

interface Situation {
  /** For each automaton, the states that it may be in. */
  readonly states: readonly (readonly number[])[];
  readonly length: number;
  readonly text: string;
}

/**
 * Searches for the shortest strings that are in `inside` and in none of `outside`.
 * @param wanted maximum number of strings
 * @returns the strings found; empty if it is proven that there are none; undefined if the search was given up without one
 */
export function findStrings(
  inside: StringSet,
  outside: readonly StringSet[],
  wanted = 1,
): readonly string[] | undefined {
  const search = new StringSearch(inside, outside);
  const found: string[] = [];
  const start = search.start();
  const seen = new Set([keyOf(start)]);
  // A breadth-first search: the loop also visits situations that are added meanwhile.
  const queue = [start];
  for (const situation of queue) {
    if (search.isWanted(situation) && found.push(situation.text) >= wanted) return found;
    for (const after of search.following(situation)) {
      const key = keyOf(after);
      if (seen.has(key)) continue;
      seen.add(key);
      if (seen.size > MAX_SITUATIONS) return found.length > 0 ? found : undefined;
      queue.push(after);
    }
  }
  return found;
}

/** The automata of all sets, run side by side. */
class StringSearch {
  readonly #inside: StringSet;
  readonly #outside: readonly StringSet[];
  readonly #automata: readonly Automaton[];
  readonly #alphabet: readonly number[];
  /** A length beyond all bounds. All greater lengths behave like it. */
  readonly #lengthBeyondBounds: number;

  constructor(inside: StringSet, outside: readonly StringSet[]) {
    this.#inside = inside;
    this.#outside = outside;
    this.#automata = [...inside.automata, ...outside.flatMap((set) => set.automata)];
    this.#alphabet = representatives(
      this.#automata.flatMap(({ steps }) => steps.flat().map(({ set }) => set)),
    );
    const bounds = [inside, ...outside].flatMap(({ minLength, maxLength }) => [minLength, maxLength]);
    this.#lengthBeyondBounds = Math.max(0, ...bounds.filter(Number.isFinite)) + 1;
  }

  start(): Situation {
    const states = this.#automata.map((automaton) => closure(automaton, [automaton.start]));
    return { states, length: 0, text: '' };
  }

  isWanted(situation: Situation): boolean {
    if (!isAccepted(situation, this.#inside, 0)) return false;
    let first = this.#inside.automata.length;
    for (const set of this.#outside) {
      if (isAccepted(situation, set, first)) return false;
      first += set.automata.length;
    }
    return true;
  }

  /** The situations one character later, without those that no string of `inside` can pass. */
  *following({ states, length, text }: Situation): Generator<Situation> {
    const nextLength = Math.min(length + 1, this.#lengthBeyondBounds);
    if (nextLength > this.#inside.maxLength) return;
    for (const point of this.#alphabet) {
      const next = this.#automata.map((automaton, index) => step(automaton, states[index] ?? [], point));
      if (next.slice(0, this.#inside.automata.length).some((set) => set.length === 0)) continue;
      yield { states: next, length: nextLength, text: text + String.fromCodePoint(point) };
    }
  }
}

/** Whether the string so far is in the set, whose automata start at the index `first`. */
function isAccepted({ states, length }: Situation, set: StringSet, first: number): boolean {
  return (
    length >= set.minLength &&
    length <= set.maxLength &&
    set.automata.every((automaton, index) => states[first + index]?.includes(automaton.end) ?? false)
  );
}

function keyOf({ states, length }: Situation): string {
  return `${length}:${states.map((set) => set.join(',')).join(';')}`;
}

function step(automaton: Automaton, states: readonly number[], point: number): readonly number[] {
  const next: number[] = [];
  for (const state of states) {
    for (const { set, to } of automaton.steps[state] ?? []) if (contains(set, point)) next.push(to);
  }
  return closure(automaton, next);
}

/** The states with all that are reached from them by free steps, sorted. */
function closure(automaton: Automaton, states: readonly number[]): readonly number[] {
  const reached = new Set(states);
  for (const state of reached) for (const to of automaton.free[state] ?? []) reached.add(to);
  return [...reached].sort((a, b) => a - b);
}
