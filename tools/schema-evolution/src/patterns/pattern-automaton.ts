import type { CharacterSet } from './character-set.ts';
import { NotRegularError, type PatternNode, parsePattern } from './parse-pattern.ts';

/** A nondeterministic automaton: for each state, its steps by a character and its free steps without one. */
export interface Automaton {
  readonly start: number;
  readonly end: number;
  readonly steps: readonly (readonly { readonly set: CharacterSet; readonly to: number }[])[];
  readonly free: readonly (readonly number[])[];
}

/** Limits patterns such as `(a{1,1000}){1,1000}`, which no contract needs. */
const MAX_STATES = 5_000;

/**
 * The automaton of the strings in which a JavaScript pattern (flag `u`) is found.
 * @param options.ignoreCase as the flag `i`, for ASCII letters
 * @returns undefined for a pattern that is not regular (see parse-pattern.ts) or has too many states
 */
export function automatonOf(pattern: string, options: { ignoreCase?: boolean } = {}): Automaton | undefined {
  try {
    return new AutomatonBuilder().build(parsePattern(pattern, options.ignoreCase ?? false));
  } catch (error) {
    if (error instanceof NotRegularError) return undefined;
    throw error;
  }
}

class AutomatonBuilder {
  readonly #steps: { set: CharacterSet; to: number }[][] = [];
  readonly #free: number[][] = [];

  build(root: PatternNode): Automaton {
    const start = this.#addState();
    const end = this.#add(root, start);
    return { start, end, steps: this.#steps, free: this.#free };
  }

  /** Adds a node's states after `from` and returns its end state. */
  #add(node: PatternNode, from: number): number {
    switch (node.kind) {
      case 'set': {
        const to = this.#addState();
        this.#steps[from]?.push({ set: node.set, to });
        return to;
      }
      case 'sequence':
        return node.parts.reduce((here, part) => this.#add(part, here), from);
      case 'choice':
        return this.#addChoice(node.parts, from);
      case 'repeat':
        return this.#addRepeat(node, from);
    }
  }

  #addChoice(parts: readonly PatternNode[], from: number): number {
    const end = this.#addState();
    for (const part of parts) {
      const entry = this.#addState();
      this.#link(from, entry);
      this.#link(this.#add(part, entry), end);
    }
    return end;
  }

  #addRepeat(
    { part, min, max }: { readonly part: PatternNode; readonly min: number; readonly max: number },
    from: number,
  ): number {
    let here = from;
    for (let count = 0; count < min; count += 1) here = this.#add(part, here);
    const end = this.#addState();
    if (max === Number.POSITIVE_INFINITY) {
      const loop = this.#addState();
      this.#link(here, loop);
      this.#link(this.#add(part, loop), loop);
      this.#link(loop, end);
      return end;
    }
    this.#link(here, end);
    for (let count = min; count < max; count += 1) {
      here = this.#add(part, here);
      this.#link(here, end);
    }
    return end;
  }

  #addState(): number {
    if (this.#steps.length >= MAX_STATES) throw new NotRegularError();
    this.#free.push([]);
    return this.#steps.push([]) - 1;
  }

  #link(from: number, to: number): void {
    this.#free[from]?.push(to);
  }
}
