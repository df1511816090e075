import type { Field, Type } from 'protobufjs';
import { invalidArgument } from '../engine/cloud-tasks-error.ts';
import { type Comparison, compareValue } from './filter-value.ts';

/** A queue as the API shows it. */
type Message = Readonly<Record<string, unknown>>;
type Predicate = (queue: Message) => boolean;

/** A word, a quoted text, an operator or a bracket. */
const TOKEN = /\s*("(?:[^"\\]|\\.)*"|<=|>=|!=|[:=<>()]|[^\s":=<>()!]+|!)/y;
const COMPARISONS = [':', '=', '!=', '<', '<=', '>', '>='];

/**
 * The filter of ListQueues in AIP-160's syntax: `FIELD OPERATOR VALUE`, joined by `AND`, `OR` and `NOT`. Clauses side
 * by side are joined by AND, and OR binds tighter than AND.
 * @param type the Queue message: fields are compared by their types
 * @returns whether a queue fits
 * @throws {CloudTasksError} INVALID_ARGUMENT for another syntax, an unknown field or a value of another type
 */
export function parseQueueFilter(filter: string, type: Type): Predicate {
  if (filter.trim() === '') return () => true;
  return new FilterParser(filter, type).parse();
}

/** The depth of brackets and negations that a filter can have. */
const MAX_DEPTH = 50;

class FilterParser {
  readonly #filter: string;
  readonly #type: Type;
  readonly #tokens: string[];
  #next = 0;
  #depth = 0;

  constructor(filter: string, type: Type) {
    this.#filter = filter;
    this.#type = type;
    this.#tokens = this.#tokenize();
  }

  parse(): Predicate {
    const predicate = this.#conjunction();
    if (this.#peek() !== undefined) throw this.#malformed();
    return predicate;
  }

  #tokenize(): string[] {
    const text = this.#filter.trim();
    const tokens: string[] = [];
    const token = new RegExp(TOKEN);
    while (token.lastIndex < text.length) {
      const match = token.exec(text);
      if (match === null) throw this.#malformed();
      tokens.push(match[1] ?? '');
    }
    return tokens;
  }

  #conjunction(): Predicate {
    const all = [this.#disjunction()];
    for (let token = this.#peek(); token !== undefined && token !== ')'; token = this.#peek()) {
      if (token === 'AND') this.#next += 1;
      all.push(this.#disjunction());
    }
    return (queue) => all.every((fits) => fits(queue));
  }

  #disjunction(): Predicate {
    const any = [this.#term()];
    while (this.#peek() === 'OR') {
      this.#next += 1;
      any.push(this.#term());
    }
    return (queue) => any.some((fits) => fits(queue));
  }

  #term(): Predicate {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw this.#malformed();
    try {
      const token = this.#peek();
      if (token === 'NOT') {
        this.#next += 1;
        return negated(this.#term());
      }
      if (token?.startsWith('-')) {
        if (token === '-') this.#next += 1;
        else this.#tokens[this.#next] = token.slice(1);
        return negated(this.#term());
      }
      if (token !== '(') return this.#restriction();
      this.#next += 1;
      const inner = this.#conjunction();
      if (this.#take() !== ')') throw this.#malformed();
      return inner;
    } finally {
      this.#depth -= 1;
    }
  }

  #restriction(): Predicate {
    const field = this.#take();
    const operator = this.#take();
    const value = this.#take();
    if (field === undefined || value === undefined || !isWord(field) || !isWord(value))
      throw this.#malformed();
    if (operator === undefined || !COMPARISONS.includes(operator)) throw this.#malformed();
    const isQuoted = value.startsWith('"');
    const expected = isQuoted ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value;
    const fields = this.#resolve(field);
    const compare = compareValue(fields.at(-1) as Field, operator as Comparison, expected, isQuoted);
    return (queue) => valuesAt(queue, fields).some(compare);
  }

  /** The fields of a dotted path. */
  #resolve(path: string): Field[] {
    const fields: Field[] = [];
    let type: Type | undefined = this.#type;
    for (const name of path.split('.')) {
      const field: Field | undefined = type && findField(type, name);
      if (field === undefined) throw invalidArgument(`Field not found: '${path}'.`);
      fields.push(field);
      const { resolvedType }: Field = field;
      type = resolvedType && 'fields' in resolvedType && !isMoment(resolvedType) ? resolvedType : undefined;
    }
    return fields;
  }

  #peek(): string | undefined {
    return this.#tokens[this.#next];
  }

  #take(): string | undefined {
    this.#next += 1;
    return this.#tokens[this.#next - 1];
  }

  #malformed(): Error {
    return invalidArgument(`The filter "${this.#filter}" is not understood; it must be like state: PAUSED.`);
  }
}

function isWord(token: string): boolean {
  return !COMPARISONS.includes(token) && !['(', ')', '!', 'AND', 'OR', 'NOT'].includes(token);
}

function negated(fits: Predicate): Predicate {
  return (queue) => !fits(queue);
}

/** Finds a field by its name in snake_case or camelCase, in any case. */
function findField(type: Type, name: string): Field | undefined {
  const wanted = name.replaceAll('_', '').toLowerCase();
  return type.fieldsArray.find((field) => field.name.toLowerCase() === wanted)?.resolve();
}

function isMoment({ fullName }: { fullName: string }): boolean {
  return fullName === '.google.protobuf.Timestamp' || fullName === '.google.protobuf.Duration';
}

/** The values at a path: several below a repeated field, undefined where a parent is absent. */
function valuesAt(queue: Message, fields: readonly Field[]): unknown[] {
  let values: unknown[] = [queue];
  fields.forEach((field, index) => {
    values = values.map((value) => (value as Message | undefined | null)?.[field.name]);
    if (field.repeated && index < fields.length - 1) values = values.flatMap((items) => items ?? []);
  });
  return values;
}
