import {
  ANY,
  type CharacterSet,
  complementOf,
  DIGITS,
  LINE_ENDS,
  SPACE,
  unionOf,
  WORD,
  withBothCases,
} from './character-set.ts';

/** A nondeterministic automaton: for each state, where it goes with a character, and where without one. */
export interface Automaton {
  readonly start: number;
  readonly end: number;
  readonly steps: readonly (readonly { readonly set: CharacterSet; readonly to: number }[])[];
  readonly free: readonly (readonly number[])[];
}

/** Beyond these the question is given up: `(a{1,1000}){1,1000}` is no pattern for a contract. */
const MAX_STATES = 5_000;

/** Thrown inside the parser for what is no regular language, or not one that this file reads. */
class NotRegularError extends Error {}

type Node =
  | { readonly kind: 'set'; readonly set: CharacterSet }
  | { readonly kind: 'sequence'; readonly parts: readonly Node[] }
  | { readonly kind: 'choice'; readonly parts: readonly Node[] }
  | { readonly kind: 'repeat'; readonly part: Node; readonly least: number; readonly most: number };

const ANYTHING: Node = {
  kind: 'repeat',
  part: { kind: 'set', set: ANY },
  least: 0,
  most: Number.POSITIVE_INFINITY,
};

/**
 * The automaton of the strings in which a JavaScript pattern (flag `u`) is found. Reads the regular part of the syntax:
 * characters, classes, groups, alternatives, quantifiers, and `^` and `$` at the ends.
 * @param options.ignoreCase as the flag `i`, for ASCII letters
 * @returns undefined for a pattern with anything else (look-around, back references, `\b`, `\p{…}`)
 */
export function automatonOf(pattern: string, options: { ignoreCase?: boolean } = {}): Automaton | undefined {
  try {
    return build(new Parser(pattern, options.ignoreCase ?? false).parse());
  } catch (error) {
    if (error instanceof NotRegularError) return undefined;
    throw error;
  }
}

class Parser {
  readonly #characters: readonly string[];
  readonly #ignoreCase: boolean;
  #at = 0;

  constructor(pattern: string, ignoreCase: boolean) {
    this.#characters = [...pattern];
    this.#ignoreCase = ignoreCase;
  }

  parse(): Node {
    // Anchors hold for one alternative each: `^a|b$` begins with a, or ends with b.
    const parts: Node[] = [];
    do {
      const fromStart = this.#take('^');
      const sequence = this.#sequence();
      const toEnd = this.#take('$');
      parts.push({
        kind: 'sequence',
        parts: [...(fromStart ? [] : [ANYTHING]), sequence, ...(toEnd ? [] : [ANYTHING])],
      });
    } while (this.#take('|'));
    if (this.#at < this.#characters.length) throw new NotRegularError();
    return { kind: 'choice', parts };
  }

  #choice(): Node {
    const parts = [this.#sequence()];
    while (this.#take('|')) parts.push(this.#sequence());
    return { kind: 'choice', parts };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    for (;;) {
      const next = this.#peek();
      if (next === undefined || next === '|' || next === ')') break;
      if (next === '$' && this.#isEndOfBranch()) break;
      parts.push(this.#quantified());
    }
    return { kind: 'sequence', parts };
  }

  #isEndOfBranch(): boolean {
    const after = this.#characters[this.#at + 1];
    return after === undefined || after === '|';
  }

  #quantified(): Node {
    const part = this.#atom();
    const range = this.#quantifier();
    if (range === undefined) return part;
    this.#take('?');
    return { kind: 'repeat', part, least: range[0], most: range[1] };
  }

  #quantifier(): readonly [number, number] | undefined {
    if (this.#take('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.#take('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.#take('?')) return [0, 1];
    if (this.#peek() !== '{') return undefined;
    const text = /^\{(\d+)(,(\d*))?\}/.exec(this.#characters.slice(this.#at).join(''));
    if (text === null) throw new NotRegularError();
    this.#at += text[0].length;
    const least = Number(text[1]);
    if (text[2] === undefined) return [least, least];
    return [least, text[3] ? Number(text[3]) : Number.POSITIVE_INFINITY];
  }

  #atom(): Node {
    const character = this.#next();
    if (character === '(') {
      if (this.#take('?')) {
        if (this.#peek() === '<' && /[=!]/.test(this.#characters[this.#at + 1] ?? ''))
          throw new NotRegularError();
        if (this.#take('<')) while (this.#next() !== '>');
        else if (!this.#take(':')) throw new NotRegularError();
      }
      const inner = this.#choice();
      if (!this.#take(')')) throw new NotRegularError();
      return inner;
    }
    if (character === '[') return this.#setOf(this.#class());
    if (character === '.') return { kind: 'set', set: complementOf(LINE_ENDS) };
    if (character === '\\') return this.#setOf(this.#escape());
    if (/[\^$*+?{}\])|]/.test(character)) throw new NotRegularError();
    return this.#setOf(single(character));
  }

  #setOf(set: CharacterSet): Node {
    return { kind: 'set', set: this.#ignoreCase ? withBothCases(set) : set };
  }

  #class(): CharacterSet {
    const negated = this.#take('^');
    // With the flag `i`, which characters a negated class leaves out is a matter of its own.
    if (negated && this.#ignoreCase) throw new NotRegularError();
    const sets: CharacterSet[] = [];
    while (!this.#take(']')) {
      const from = this.#classMember();
      if (this.#peek() === '-' && this.#characters[this.#at + 1] !== ']') {
        this.#at += 1;
        const to = this.#classMember();
        const [low, high] = [only(from), only(to)];
        if (low === undefined || high === undefined || low > high) throw new NotRegularError();
        sets.push([[low, high]]);
      } else {
        sets.push(from);
      }
    }
    return negated ? complementOf(unionOf(...sets)) : unionOf(...sets);
  }

  #classMember(): CharacterSet {
    const character = this.#next();
    if (character !== '\\') return single(character);
    if (this.#take('b')) return single('\b');
    return this.#escape();
  }

  #escape(): CharacterSet {
    const character = this.#next();
    switch (character) {
      case 'd':
        return DIGITS;
      case 'D':
        return complementOf(DIGITS);
      case 'w':
        return WORD;
      case 'W':
        return complementOf(WORD);
      case 's':
        return SPACE;
      case 'S':
        return complementOf(SPACE);
      case 't':
        return single('\t');
      case 'n':
        return single('\n');
      case 'v':
        return single('\v');
      case 'f':
        return single('\f');
      case 'r':
        return single('\r');
      case '0':
        return single('\0');
      case 'x':
        return this.#hexadecimal(2);
      case 'u': {
        if (!this.#take('{')) return this.#hexadecimal(4);
        let digits = '';
        while (!this.#take('}')) digits += this.#next();
        return one(Number.parseInt(digits, 16));
      }
    }
    // Of letters and digits, all others mean something that is not read here.
    if (/[A-Za-z0-9]/.test(character)) throw new NotRegularError();
    return single(character);
  }

  #hexadecimal(digits: number): CharacterSet {
    const text = Array.from({ length: digits }, () => this.#next()).join('');
    const point = Number.parseInt(text, 16);
    // Two halves of a pair would have to be read as one.
    if (point >= 0xd800 && point <= 0xdfff) throw new NotRegularError();
    return one(point);
  }

  #peek(): string | undefined {
    return this.#characters[this.#at];
  }

  #next(): string {
    const character = this.#characters[this.#at];
    if (character === undefined) throw new NotRegularError();
    this.#at += 1;
    return character;
  }

  #take(character: string): boolean {
    if (this.#characters[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }
}

function single(character: string): CharacterSet {
  return one(character.codePointAt(0) ?? 0);
}

function one(point: number): CharacterSet {
  return [[point, point]];
}

function only(set: CharacterSet): number | undefined {
  const [range, ...others] = set;
  return others.length === 0 && range !== undefined && range[0] === range[1] ? range[0] : undefined;
}

function build(root: Node): Automaton {
  const steps: { set: CharacterSet; to: number }[][] = [];
  const free: number[][] = [];
  const state = (): number => {
    if (steps.length >= MAX_STATES) throw new NotRegularError();
    free.push([]);
    return steps.push([]) - 1;
  };
  const link = (from: number, to: number): void => {
    free[from]?.push(to);
  };
  /** Adds a node's states after `from`; tells the state at its end. */
  const add = (node: Node, from: number): number => {
    if (node.kind === 'set') {
      const to = state();
      steps[from]?.push({ set: node.set, to });
      return to;
    }
    if (node.kind === 'sequence') return node.parts.reduce((here, part) => add(part, here), from);
    if (node.kind === 'choice') {
      const end = state();
      for (const part of node.parts) {
        const entry = state();
        link(from, entry);
        link(add(part, entry), end);
      }
      return end;
    }
    let here = from;
    for (let count = 0; count < node.least; count += 1) here = add(node.part, here);
    const end = state();
    if (node.most === Number.POSITIVE_INFINITY) {
      const loop = state();
      link(here, loop);
      link(add(node.part, loop), loop);
      link(loop, end);
      return end;
    }
    link(here, end);
    for (let count = node.least; count < node.most; count += 1) {
      here = add(node.part, here);
      link(here, end);
    }
    return end;
  };
  const start = state();
  const end = add(root, start);
  return { start, end, steps, free };
}
