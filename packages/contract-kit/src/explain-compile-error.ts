import { pointerOfFragment } from './json-pointer.ts';
import { isSchema, schemasOf } from './schema-keywords.ts';

/** Limits the edits between a misspelled keyword and its suggestion. */
const MAX_EDITS = 3;

/**
 * Words an error of the validator's compiler: its place in the schema, the problem, and what to write instead.
 * @param keywords those that a schema may have, for suggestions
 */
export function explainCompileError(
  schema: object | boolean,
  message: string,
  keywords: readonly string[],
): string {
  const plain = message.replace(/^strict mode: /, '').replace(/ \(strict\w+\)$/, '');
  const unknownKeyword = /^unknown keyword: "(.*)"$/s.exec(plain)?.[1];
  if (unknownKeyword !== undefined) {
    return `${placeOf(pointerOfKeyword(schema, unknownKeyword))}"${unknownKeyword}" is no keyword of JSON Schema; ${suggestion(unknownKeyword, keywords)}`;
  }
  const [, format, formatPath] =
    /^unknown format "(.*)" ignored in schema at path "#(.*)"$/s.exec(plain) ?? [];
  if (format !== undefined) {
    return `${placeOf(pointerOfFragment(formatPath ?? ''))}"${format}" is no known format; write one of ajv-formats, such as email, date-time or uuid, or a "pattern"`;
  }
  if (plain.startsWith('schema is invalid: ')) return explainInvalidValues(plain);
  const [, tuple, tuplePath] = /^"prefixItems" is (\d+)-tuple, .* at path "#(.*)"$/s.exec(plain) ?? [];
  if (tuple !== undefined) {
    return `${placeOf(pointerOfFragment(tuplePath ?? ''))}"prefixItems" of ${tuple} items must say how long the list is; write "minItems": ${tuple} and "items": false beside it`;
  }
  const [, type, keyword, path] =
    /^missing type "(.*)" for keyword "(.*)" at "[^"#]*#?(.*)"$/s.exec(plain) ?? [];
  if (type !== undefined) {
    return `${placeOf(pointerOfFragment(path ?? ''))}"${keyword}" needs a type beside it; write "type": "${type.replace(/,.*/, '')}"`;
  }
  const union = /^use allowUnionTypes to allow union type keyword at "[^"#]*#?(.*)"$/s.exec(plain)?.[1];
  if (union !== undefined) {
    return `${placeOf(pointerOfFragment(union))}a list of types may hold one type and "null"; write "anyOf" with one type in each branch`;
  }
  const [, member, pattern] =
    /^property (.*) matches pattern (.*) \(use allowMatchingProperties\)$/s.exec(plain) ?? [];
  if (member !== undefined) {
    return `the member "${member}" also matches the pattern "${pattern}" of "patternProperties"; exclude it from the pattern`;
  }
  if (plain.includes('without "then" and "else" is ignored')) {
    return '"if" has no effect without "then" and "else"; add one of them, or leave it out';
  }
  if (/^Invalid regular expression/.test(plain)) {
    const invalid = /^Invalid regular expression: \/(.*)\/\w*: /s.exec(plain)?.[1];
    const at = invalid === undefined ? undefined : pointerOfPattern(schema, invalid);
    return `${placeOf(at)}${plain.replace(/^I/, 'i')}; patterns are JavaScript's, with the flag u: escape only what needs it`;
  }
  return plain;
}

/** The first problem of each keyword whose value has another form than the meta-schema wants. */
function explainInvalidValues(plain: string): string {
  const byPointer = new Map<string, string>();
  for (const part of plain.slice('schema is invalid: data'.length).split(', data')) {
    const [, pointer = '', problem = ''] = /^(\S*) (.*)$/s.exec(part) ?? [];
    if (byPointer.has(pointer)) continue;
    byPointer.set(
      pointer,
      pointer.endsWith('/type')
        ? 'must be array, boolean, integer, null, number, object or string, or a list of one of them and "null"'
        : problem,
    );
  }
  return [...byPointer].map(([pointer, problem]) => `${placeOf(pointer)}${problem}`).join('; ');
}

function placeOf(pointer: string | undefined): string {
  return pointer === undefined || pointer === '' ? '' : `${pointer}: `;
}

function suggestion(word: string, keywords: readonly string[]): string {
  const [nearest] = keywords
    .map((keyword) => ({ keyword, edits: editsBetween(word, keyword) }))
    .sort((one, other) => one.edits - other.edits);
  return nearest !== undefined && nearest.edits <= Math.min(MAX_EDITS, word.length / 3)
    ? `did you mean "${nearest.keyword}"?`
    : 'leave it out, or put what it says into "description"';
}

/** The Levenshtein distance of two words. */
function editsBetween(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_none, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const replaced =
        (row[j - 1] ?? 0) + (one[i - 1]?.toLowerCase() === other[j - 1]?.toLowerCase() ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}

/** The pointer of the first schema that has a keyword, with the keyword. */
function pointerOfKeyword(schema: unknown, keyword: string, pointer = ''): string | undefined {
  if (!isSchema(schema) || typeof schema === 'boolean') return undefined;
  if (Object.hasOwn(schema, keyword)) return `${pointer}/${keyword}`;
  return firstPart(schema, (part, path) => pointerOfKeyword(part, keyword, `${pointer}${path}`));
}

function pointerOfPattern(schema: unknown, pattern: string, pointer = ''): string | undefined {
  if (!isSchema(schema) || typeof schema === 'boolean') return undefined;
  if (schema['pattern'] === pattern) return `${pointer}/pattern`;
  if (
    isSchema(schema['patternProperties']) &&
    Object.hasOwn(schema['patternProperties'] as object, pattern)
  ) {
    return `${pointer}/patternProperties`;
  }
  return firstPart(schema, (part, path) => pointerOfPattern(part, pattern, `${pointer}${path}`));
}

function firstPart(
  schema: Readonly<Record<string, unknown>>,
  find: (part: unknown, path: string) => string | undefined,
): string | undefined {
  for (const [keyword, value] of Object.entries(schema)) {
    for (const [path, part] of schemasOf(keyword, value)) {
      const found = find(part, [keyword, ...path].map((step) => `/${step}`).join(''));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
