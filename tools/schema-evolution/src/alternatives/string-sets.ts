import { findStrings, type StringSet } from '../patterns/find-strings.ts';
import { type Automaton, automatonOf } from '../patterns/pattern-automaton.ts';
import type { StringShape } from './shapes.ts';

/** The strings of a shape, from outside and from inside. */
export interface StringSets {
  /** Holds all strings of the shape, and perhaps others: conditions that are no regular language are left out. */
  readonly outer: StringSet;
  /** Just the strings of the shape; undefined where a condition is no regular language. */
  readonly inner: StringSet | undefined;
}

/**
 * Formats of ajv-formats 3 (its full mode) that are regular languages, as it writes them. The rest is code, or looks
 * ahead.
 */
const EXACT_FORMATS: Readonly<Record<string, { pattern: string; ignoreCase?: boolean }>> = {
  uuid: {
    pattern: '^(?:urn:uuid:)?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$',
    ignoreCase: true,
  },
  email: {
    pattern:
      "^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\\.)+[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$",
    ignoreCase: true,
  },
  ipv4: {
    pattern: '^(?:(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)\\.){3}(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)$',
  },
  'json-pointer': { pattern: '^(?:\\/(?:[^~/]|~0|~1)*)*$' },
};
/** Patterns that all strings of a format match, whatever else it asks for. */
const OUTER_FORMATS: Readonly<Record<string, string>> = {
  date: '^\\d\\d\\d\\d-\\d\\d-\\d\\d$',
  time: '^\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?([zZ]|[+-]\\d\\d(:?\\d\\d)?)$',
  'date-time':
    '^\\d\\d\\d\\d-\\d\\d-\\d\\d[tT\\s]\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?([zZ]|[+-]\\d\\d(:?\\d\\d)?)$',
};

/** What is known of a shape's strings. */
export function stringSetsOf(shape: StringShape): StringSets {
  const bounds = {
    minLength: Math.max(0, ...shape.minLengths),
    maxLength: Math.min(Number.POSITIVE_INFINITY, ...shape.maxLengths),
  };
  const patterns = shape.patterns.map((pattern) => automatonOf(pattern));
  const formats = shape.formats.map(formatAutomaton);
  const exact = [...patterns, ...formats];
  const outer = [
    ...patterns,
    ...shape.formats.map((format) => formatAutomaton(format) ?? outerAutomaton(format)),
  ];
  return {
    outer: { automata: outer.filter((one) => one !== undefined), ...bounds },
    inner: exact.includes(undefined)
      ? undefined
      : { automata: exact.filter((one) => one !== undefined), ...bounds },
  };
}

function formatAutomaton(format: string): Automaton | undefined {
  const known = EXACT_FORMATS[format];
  return known === undefined
    ? undefined
    : automatonOf(known.pattern, { ignoreCase: known.ignoreCase ?? false });
}

function outerAutomaton(format: string): Automaton | undefined {
  const pattern = OUTER_FORMATS[format];
  return pattern === undefined ? undefined : automatonOf(pattern);
}

/** In characters. Payloads have 512 KiB at most. */
const MAX_SAMPLE_LENGTH = 100_000;

/** Strings of each format, plain ones and ones at its edges. */
const FORMAT_SAMPLES: Readonly<Record<string, readonly string[]>> = {
  date: ['2024-02-29', '2023-12-31'],
  time: ['12:00:00Z', '23:59:59.123+02:00'],
  'date-time': ['2024-02-29T12:00:00Z', '2024-02-29T23:59:59.123+02:00', '2024-02-29 12:00:00Z'],
  'iso-time': ['12:00:00', '12:00:00Z'],
  'iso-date-time': ['2024-02-29T12:00:00', '2024-02-29T12:00:00Z'],
  duration: ['P1D', 'PT1H30M', 'P2W'],
  uri: ['https://example.com/a?b=c', 'urn:a:b', 'mailto:ada@example.com'],
  'uri-reference': ['/a/b', 'https://example.com/', '#a'],
  'uri-template': ['https://example.com/{a}', '/a'],
  url: ['https://example.com/a', 'ftp://example.com/'],
  email: ['ada@example.com', 'a.b+c@sub.example.org', 'A@b.co'],
  hostname: ['example.com', 'a', 'sub.example.org.'],
  ipv4: ['192.0.2.1', '255.255.255.255', '0.0.0.0'],
  ipv6: ['2001:db8::1', '::1', '::ffff:192.0.2.1'],
  regex: ['^a$', '[a-z]+'],
  uuid: [
    '123e4567-e89b-12d3-a456-426614174000',
    'urn:uuid:123e4567-e89b-12d3-a456-426614174000',
    '123E4567-E89B-12D3-A456-426614174000',
  ],
  'json-pointer': ['', '/a/b'],
  'json-pointer-uri-fragment': ['#', '#/a/b'],
  'relative-json-pointer': ['0', '1/a'],
  byte: ['', 'YQ==', 'YWJj'],
};

/** Strings that a shape may accept, of several lengths and looks; those of other shapes among them. */
export function sampleStrings(...shapes: readonly StringShape[]): readonly string[] {
  const lengths = shapes.flatMap(({ minLengths, maxLengths }) => [...minLengths, ...maxLengths]);
  const sizes = [0, 1, 3, ...lengths.flatMap((length) => [length - 1, length, length + 1])].filter(
    (size) => size >= 0 && size <= MAX_SAMPLE_LENGTH,
  );
  const words = shapes.flatMap((shape) => findStrings(stringSetsOf(shape).outer, [], 6) ?? []);
  const formats = shapes.flatMap((shape) => shape.formats.flatMap((format) => FORMAT_SAMPLES[format] ?? []));
  // Mails and links may be longer than others expect.
  const long = sizes.flatMap((size) =>
    size > 12 ? [`${'a'.repeat(size - 12)}@example.com`, `https://e.co/${'a'.repeat(size - 13)}`] : [],
  );
  const plain = sizes.flatMap((size) => ['a', 'A', '0', '-', ' ', 'é'].map((letter) => letter.repeat(size)));
  const odd = ['x', 'Hello, world', 'a-b_c.d', '0a', 'a0', '\n', '12345', '😀'];
  return [...new Set([...words, ...formats, ...odd, ...plain, ...long])];
}
