import { isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml';

/** A configuration file that App Engine would not take. `problems` has one line per problem, each `file:line: text`. */
export class YamlFileError extends Error {
  override readonly name = 'YamlFileError';
  readonly code = 'CONFIGURATION_INVALID';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** Where in a file something is: the keys and list positions that lead to it. */
export type YamlPath = readonly (string | number)[];

/**
 * One YAML file, read as PyYAML does for gcloud (YAML 1.1: `on` and `yes` are booleans), with a list of what is wrong with it.
 * Checks add to the list with `problem()`; `throwIfBad()` ends the reading with all of them at once.
 */
export class YamlFile {
  readonly name: string;
  /** The content as plain values; undefined for an empty file. */
  readonly content: unknown;
  readonly #document: ReturnType<typeof parseDocument>;
  readonly #lines = new LineCounter();
  readonly #problems: { line: number; text: string }[] = [];

  /** @throws {YamlFileError} if the text is no YAML at all. */
  constructor(name: string, text: string) {
    this.name = name;
    this.#document = parseDocument(text, {
      version: '1.1',
      // A key such as `yes` is a name here, not a boolean.
      stringKeys: true,
      lineCounter: this.#lines,
      prettyErrors: false,
    });
    for (const error of this.#document.errors) {
      this.#problems.push({ line: this.#lines.linePos(error.pos[0]).line, text: error.message });
    }
    this.throwIfBad();
    this.content = this.#document.toJS() ?? undefined;
  }

  /** Notes a problem at a place in the file; for a missing key, give the path of what should contain it. */
  problem(path: YamlPath, text: string): void {
    this.#problems.push({ line: this.lineOf(path), text });
  }

  /** @throws {YamlFileError} if any problem was noted, in the order of the lines. */
  throwIfBad(): void {
    if (this.#problems.length === 0) return;
    const inOrder = this.#problems.toSorted((a, b) => a.line - b.line);
    throw new YamlFileError(inOrder.map(({ line, text }) => `${this.name}:${line}: ${text}`));
  }

  /** The line, from 1, on which the key or list item at this path stands. */
  lineOf(path: YamlPath): number {
    const last = path.at(-1);
    if (last === undefined) return 1;
    const parent = this.#document.getIn(path.slice(0, -1), true);
    if (typeof last === 'string' && isMap(parent)) {
      const pair = parent.items.find(({ key }) => String(isScalar(key) ? key.value : key) === last);
      const offset = (pair?.key as Node | undefined)?.range?.[0];
      if (offset !== undefined) return this.#lines.linePos(offset).line;
    }
    const node = this.#document.getIn(path, true) as Node | undefined;
    const offset = node?.range?.[0];
    return offset === undefined ? this.lineOf(path.slice(0, -1)) : this.#lines.linePos(offset).line;
  }

  /** A scalar as it is written in the file, without quotes; undefined if there is none at the path. */
  sourceOf(path: YamlPath): string | undefined {
    const node = this.#document.getIn(path, true);
    return isScalar(node) ? node.source : undefined;
  }

  /** The value as a mapping with no other keys than these; otherwise notes what is wrong. Missing → undefined. */
  mapping(
    value: unknown,
    path: YamlPath,
    what: string,
    keys?: readonly string[],
  ): Record<string, unknown> | undefined {
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'object' || Array.isArray(value)) {
      this.problem(path, `${what} must be a mapping of names to values`);
      return undefined;
    }
    if (keys) {
      for (const key of Object.keys(value)) {
        if (!keys.includes(key)) {
          this.problem([...path, key], `unknown key "${key}" in ${what}; known keys: ${keys.join(', ')}`);
        }
      }
    }
    return value as Record<string, unknown>;
  }

  /** The value as a list; otherwise notes what is wrong. Missing → undefined. */
  list(value: unknown, path: YamlPath, what: string): unknown[] | undefined {
    if (value === undefined || value === null) return undefined;
    if (Array.isArray(value)) return value;
    this.problem(path, `${what} must be a list`);
    return undefined;
  }

  /** The value as text that matches; numbers are taken by their digits, as gcloud does. Missing → undefined. */
  text(value: unknown, path: YamlPath, what: string, pattern: RegExp, expected: string): string | undefined {
    if (value === undefined || value === null) return undefined;
    const text = typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
    if (text !== undefined && pattern.test(text)) return text;
    this.problem(path, `${what} must be ${expected}, got ${JSON.stringify(value)}`);
    return undefined;
  }
}
