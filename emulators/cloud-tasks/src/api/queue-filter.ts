import { invalidArgument } from '../engine/cloud-tasks-error.ts';

const CLAUSE = /^([A-Za-z_][\w.]*)\s*(<=|>=|!=|=|<|>|:)\s*(?:"([^"]*)"|(\S+))$/;

/**
 * The filter of ListQueues: `FIELD OPERATOR VALUE`, joined by `AND`, with the operators that the API names
 * (`<= < >= > != = :`, the last of which looks for a part of a text). Any field of a queue can be named, as in
 * `state: PAUSED` or `rateLimits.maxDispatchesPerSecond >= 10`.
 * @returns whether a queue, as the API shows it, fits
 * @throws {CloudTasksError} INVALID_ARGUMENT for another syntax
 */
export function parseQueueFilter(filter: string): (queue: object) => boolean {
  if (filter.trim() === '') return () => true;
  const clauses = filter.trim().split(/\s+AND\s+/);
  const tests = clauses.map(parseClause);
  return (queue) => tests.every((fits) => fits(queue));
}

function parseClause(clause: string): (queue: object) => boolean {
  const match = CLAUSE.exec(clause);
  if (match === null) {
    throw invalidArgument(`The filter "${clause}" is not understood; it must be like state: PAUSED.`);
  }
  const [, field = '', operator = '', quoted, plain] = match;
  const path = field.split('.').map((part) => part.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase()));
  const expected = quoted ?? plain ?? '';
  return (queue) => compare(valueAt(queue, path), operator, expected);
}

function valueAt(message: unknown, path: readonly string[]): unknown {
  let value = message;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}

function compare(value: unknown, operator: string, expected: string): boolean {
  if (operator === ':') return value !== undefined && String(value).includes(expected);
  if (operator === '=') return String(value) === expected || Number(value) === Number(expected);
  if (operator === '!=') return !compare(value, '=', expected);
  const [left, right] =
    typeof value === 'number' ? [value, Number(expected)] : [String(value ?? ''), String(expected)];
  if (operator === '<') return left < right;
  if (operator === '<=') return left <= right;
  return operator === '>' ? left > right : left >= right;
}
