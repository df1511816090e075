import type { StringSet } from '../patterns/find-strings.ts';
import { type Automaton, automatonOf } from '../patterns/pattern-automaton.ts';
import type { StringShape } from './shapes.ts';

/** A shape's strings, approximated from outside and from inside. */
export interface StringSets {
  /** A superset: conditions that are not regular are left out. */
  readonly outer: StringSet;
  /** Exactly the shape's strings; undefined where a condition is not regular. */
  readonly inner: StringSet | undefined;
}

/**
 * Formats of ajv-formats 3 (full mode) that are regular, with its own patterns. The other formats are code or use
 * look-ahead.
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
/** Patterns that all strings of a format match. The format has further conditions. */
const OUTER_FORMATS: Readonly<Record<string, string>> = {
  date: '^\\d\\d\\d\\d-\\d\\d-\\d\\d$',
  time: '^\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?([zZ]|[+-]\\d\\d(:?\\d\\d)?)$',
  'date-time':
    '^\\d\\d\\d\\d-\\d\\d-\\d\\d[tT\\s]\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?([zZ]|[+-]\\d\\d(:?\\d\\d)?)$',
};

/** The string sets of a shape. */
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
