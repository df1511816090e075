import {
  ANY,
  type CharacterSet,
  complementOf,
  DIGITS,
  LINE_ENDS,
  onlyCodePointOf,
  SPACE,
  setOf,
  setOfCodePoint,
  unionOf,
  WORD,
  withBothCases,
} from './character-set.ts';

/** The syntax tree of a pattern. */
export type PatternNode =
  | { readonly kind: 'set'; readonly set: CharacterSet }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly part: PatternNode; readonly min: number; readonly max: number };

/** Thrown for a pattern that is no regular language, or uses syntax that is not supported here. */
export class NotRegularError extends Error {
  override readonly name = 'NotRegularError';
}

const ANYTHING: PatternNode = {
  kind: 'repeat',
  part: { kind: 'set', set: ANY },
  min: 0,
  max: Number.POSITIVE_INFINITY,
};

/** The escapes of one letter, in and outside of classes. */
const ESCAPES: ReadonlyMap<string, CharacterSet> = new Map([
  ['d', DIGITS],
  ['D', complementOf(DIGITS)],
  ['w', WORD],
  ['W', complementOf(WORD)],
  ['s', SPACE],
  ['S', complementOf(SPACE)],
  ['t', setOf('\t')],
  ['n', setOf('\n')],
  ['v', setOf('\v')],
  ['f', setOf('\f')],
  ['r', setOf('\r')],
  ['0', setOf('\0')],
]);

/**
 * Parses the regular part of JavaScript's pattern syntax (flag `u`): characters, classes, groups, alternatives,
 * quantifiers, and `^` and `$` at the ends. The tree matches whole strings in which the pattern is found.
 * @param ignoreCase as the flag `i`, for ASCII letters
 * @throws {NotRegularError} for all other syntax: look-around, back references, `\b`, `\p{…}`
 */
export function parsePattern(pattern: string, ignoreCase: boolean): PatternNode {
  return new PatternParser(pattern, ignoreCase).parse();
}

class PatternParser {
  readonly #characters: readonly string[];
  readonly #ignoreCase: boolean;
  #at = 0;

  constructor(pattern: string, ignoreCase: boolean) {
    this.#characters = [...pattern];
    this.#ignoreCase = ignoreCase;
  }

  parse(): PatternNode {
    // An anchor belongs to one alternative: `^a|b$` starts with a, or ends with b.
    const parts: PatternNode[] = [];
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

  #choice(): PatternNode {
    const parts = [this.#sequence()];
    while (this.#take('|')) parts.push(this.#sequence());
    return { kind: 'choice', parts };
  }

  #sequence(): PatternNode {
    const parts: PatternNode[] = [];
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

  #quantified(): PatternNode {
    const part = this.#atom();
    const range = this.#quantifier();
    if (range === undefined) return part;
    this.#take('?');
    return { kind: 'repeat', part, min: range[0], max: range[1] };
  }

  #quantifier(): readonly [min: number, max: number] | undefined {
    if (this.#take('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.#take('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.#take('?')) return [0, 1];
    if (this.#peek() !== '{') return undefined;
    const text = /^\{(\d+)(,(\d*))?\}/.exec(this.#characters.slice(this.#at).join(''));
    if (text === null) throw new NotRegularError();
    this.#at += text[0].length;
    const min = Number(text[1]);
    if (text[2] === undefined) return [min, min];
    return [min, text[3] ? Number(text[3]) : Number.POSITIVE_INFINITY];
  }

  #atom(): PatternNode {
    const character = this.#next();
    if (character === '(') return this.#group();
    if (character === '[') return this.#setNode(this.#class());
    if (character === '.') return { kind: 'set', set: complementOf(LINE_ENDS) };
    if (character === '\\') return this.#setNode(this.#escape());
    if (/[\^$*+?{}\])|]/.test(character)) throw new NotRegularError();
    return this.#setNode(setOf(character));
  }

  /** Reads a group after its `(`: capturing, named or `(?:…)`. */
  #group(): PatternNode {
    if (this.#take('?')) {
      const isLookBehind = this.#peek() === '<' && /[=!]/.test(this.#characters[this.#at + 1] ?? '');
      if (isLookBehind) throw new NotRegularError();
      if (this.#take('<')) while (this.#next() !== '>');
      else if (!this.#take(':')) throw new NotRegularError();
    }
    const inner = this.#choice();
    if (!this.#take(')')) throw new NotRegularError();
    return inner;
  }

  #setNode(set: CharacterSet): PatternNode {
    return { kind: 'set', set: this.#ignoreCase ? withBothCases(set) : set };
  }

  /** Reads a class after its `[`. */
  #class(): CharacterSet {
    const negated = this.#take('^');
    // Which characters a negated class excludes under the flag `i` is not modelled.
    if (negated && this.#ignoreCase) throw new NotRegularError();
    const sets: CharacterSet[] = [];
    while (!this.#take(']')) {
      const from = this.#classMember();
      if (this.#peek() === '-' && this.#characters[this.#at + 1] !== ']') {
        this.#at += 1;
        const to = this.#classMember();
        const [low, high] = [onlyCodePointOf(from), onlyCodePointOf(to)];
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
    if (character !== '\\') return setOf(character);
    if (this.#take('b')) return setOf('\b');
    return this.#escape();
  }

  /** Reads an escape after its `\`. */
  #escape(): CharacterSet {
    const character = this.#next();
    const known = ESCAPES.get(character);
    if (known !== undefined) return known;
    if (character === 'x') return this.#hexadecimal(2);
    if (character === 'u') return this.#take('{') ? this.#bracedCodePoint() : this.#hexadecimal(4);
    // Every other letter or digit has a meaning that is not supported here.
    if (/[A-Za-z0-9]/.test(character)) throw new NotRegularError();
    return setOf(character);
  }

  #bracedCodePoint(): CharacterSet {
    let digits = '';
    while (!this.#take('}')) digits += this.#next();
    return setOfCodePoint(Number.parseInt(digits, 16));
  }

  #hexadecimal(digits: number): CharacterSet {
    const text = Array.from({ length: digits }, () => this.#next()).join('');
    const point = Number.parseInt(text, 16);
    // Two surrogates would have to be read as one character.
    if (point >= 0xd800 && point <= 0xdfff) throw new NotRegularError();
    return setOfCodePoint(point);
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
