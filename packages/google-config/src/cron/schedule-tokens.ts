/** The kinds of words and numbers in a schedule. */
export type TokenKind =
  | 'every'
  | 'number'
  | 'time'
  | 'ordinal'
  | 'day'
  | 'weekday'
  | 'month'
  | 'any-month'
  | 'quarter'
  | 'hours'
  | 'minutes'
  | 'of'
  | 'from'
  | 'to'
  | 'on'
  | 'synchronized'
  | 'comma'
  | 'unknown'
  | 'end';

/** One word or number of a schedule. */
export interface Token {
  readonly kind: TokenKind;
  /** The text as messages show it: for an unknown word, the text up to the next space. */
  readonly text: string;
  /** Sunday is 0, January and "1st" are 1; the number itself; 0 where nothing is counted. */
  readonly value: number;
  /** Position in the text where the token starts. */
  readonly start: number;
}

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];
const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth'];
const SHORT_ORDINALS = ['1st', '2nd', '3rd', '4th', '5th'];

type Word = Pick<Token, 'kind' | 'value'>;

const WORDS: ReadonlyMap<string, Word> = new Map<string, Word>([
  ...(['every', 'day', 'quarter', 'hours', 'minutes', 'of', 'from', 'to', 'on', 'synchronized'] as const).map(
    (kind): [string, Word] => [kind, { kind, value: 0 }],
  ),
  ['mins', { kind: 'minutes', value: 0 }],
  ['month', { kind: 'any-month', value: 0 }],
  [',', { kind: 'comma', value: 0 }],
  ...WEEKDAYS.flatMap((name, value) => namesOf(name, { kind: 'weekday', value })),
  ...MONTHS.flatMap((name, index) => namesOf(name, { kind: 'month', value: index + 1 })),
  ...ORDINALS.map((name, index): [string, Word] => [name, { kind: 'ordinal', value: index + 1 }]),
  ...SHORT_ORDINALS.map((name, index): [string, Word] => [name, { kind: 'ordinal', value: index + 1 }]),
]);

/** Words in the order in which they are tried: a longer word before its own beginning. */
const WORDS_BY_LENGTH = [...WORDS.keys()].sort((a, b) => b.length - a.length);

const SPACE = /[ \t\n\r]*/y;
const TIME = /(?:[01]?\d|2[0-3]):[0-5]\d/y;
const NUMBER = /\d+/y;

/**
 * Splits a schedule into words and numbers, as the lexer of App Engine's schedules does: case does not count, and spaces
 * are needed nowhere. The last token has the kind `end`.
 */
export function readTokens(schedule: string): Token[] {
  const text = schedule.toLowerCase();
  const tokens: Token[] = [];
  for (let at = 0; ; ) {
    const start = at + matchAt(SPACE, text, at).length;
    const token = start === text.length ? endToken(start) : tokenAt(text, start);
    tokens.push(token);
    if (token.kind === 'end' || token.kind === 'unknown') return tokens;
    at = start + token.text.length;
  }
}

function tokenAt(text: string, start: number): Token {
  const time = matchAt(TIME, text, start);
  if (time !== '') return { kind: 'time', text: time, value: 0, start };
  const word = WORDS_BY_LENGTH.find((name) => text.startsWith(name, start));
  if (word !== undefined) return { text: word, start, ...(WORDS.get(word) as Word) };
  const number = matchAt(NUMBER, text, start);
  if (number !== '') return { kind: 'number', text: number, value: Number(number), start };
  return { kind: 'unknown', text: matchAt(/\S+/y, text, start), value: 0, start };
}

function endToken(start: number): Token {
  return { kind: 'end', text: '', value: 0, start };
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

function namesOf(name: string, word: Word): [string, Word][] {
  return [
    [name, word],
    [name.slice(0, 3), word],
  ];
}
