import { contains, representatives } from './character-set.ts';
import type { Automaton } from './pattern-automaton.ts';

/** A set of strings: those that all its automata accept, with a length (in characters) within its bounds. */
export interface StringSet {
  readonly automata: readonly Automaton[];
  readonly minLength: number;
  readonly maxLength: number;
}

/** How many situations are looked at before a search is given up. */
const MAX_SITUATIONS = 20_000;

interface Situation {
  /** For each automaton, the states that it may be in. */
  readonly states: readonly (readonly number[])[];
  readonly length: number;
  readonly text: string;
}

/**
 * Looks for the shortest strings that are in `inside` and in none of `outside`.
 * @param wanted how many are looked for
 * @returns those found: none means that there are none; undefined if the search was given up without finding any
 */
export function findStrings(
  inside: StringSet,
  outside: readonly StringSet[],
  wanted = 1,
): readonly string[] | undefined {
  const automata = [...inside.automata, ...outside.flatMap((set) => set.automata)];
  const alphabet = representatives(automata.flatMap(({ steps }) => steps.flat().map(({ set }) => set)));
  // Beyond the greatest bound, all lengths are alike.
  const bounds = [inside, ...outside].flatMap(({ minLength, maxLength }) => [minLength, maxLength]);
  const lastLength = Math.max(0, ...bounds.filter(Number.isFinite)) + 1;

  const accepted = ({ states, length }: Situation, set: StringSet, first: number): boolean =>
    length >= set.minLength &&
    length <= set.maxLength &&
    set.automata.every((automaton, index) => states[first + index]?.includes(automaton.end) ?? false);
  const isWanted = (situation: Situation): boolean => {
    if (!accepted(situation, inside, 0)) return false;
    let first = inside.automata.length;
    for (const set of outside) {
      if (accepted(situation, set, first)) return false;
      first += set.automata.length;
    }
    return true;
  };

  const found: string[] = [];
  const start: Situation = {
    states: automata.map((automaton) => closure(automaton, [automaton.start])),
    length: 0,
    text: '',
  };
  const seen = new Set([keyOf(start)]);
  let layer: Situation[] = [start];
  while (layer.length > 0) {
    const next: Situation[] = [];
    for (const situation of layer) {
      if (isWanted(situation) && found.push(situation.text) >= wanted) return found;
      for (const point of alphabet) {
        const after: Situation = {
          states: automata.map((automaton, index) => step(automaton, situation.states[index] ?? [], point)),
          length: Math.min(situation.length + 1, lastLength),
          text: situation.text + String.fromCodePoint(point),
        };
        const lost = after.states.slice(0, inside.automata.length).some((states) => states.length === 0);
        if (lost || after.length > inside.maxLength) continue;
        const key = keyOf(after);
        if (seen.has(key)) continue;
        seen.add(key);
        if (seen.size > MAX_SITUATIONS) return found.length > 0 ? found : undefined;
        next.push(after);
      }
    }
    layer = next;
  }
  return found;
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

/** The states with all that are reached from them without a character, sorted. */
function closure(automaton: Automaton, states: readonly number[]): readonly number[] {
  const reached = new Set(states);
  for (const state of reached) for (const to of automaton.free[state] ?? []) reached.add(to);
  return [...reached].sort((a, b) => a - b);
}
