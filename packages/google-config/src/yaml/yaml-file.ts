import { isMap, isScalar, LineCounter, type Node, parseDocument, visit } from 'yaml';
import { type LocatedProblem, YamlFileError } from './yaml-file-error.ts';

/** The keys and list positions that lead to a place in a file. */
export type YamlPath = readonly (string | number)[];

/** A caller's own rules for the content that a reader found at `path`; it notes each breach with `yaml.problem()`. */
export type Policy<Content> = (content: Content, yaml: YamlFile, path: YamlPath) => void;

/** YAML's version: gcloud reads 1.1 (`on` and `yes` are booleans); 1.2 is for files that gcloud never reads. */
export type YamlVersion = '1.1' | '1.2';

/**
 * One YAML file and its problems. Checks note problems with `problem()`; `throwIfBad()` throws all of them at once. A text
 * that is no YAML has its syntax errors as problems and no content.
 */
export class YamlFile {
  readonly name: string;
  /** Whether the text is YAML; problems that checks note do not count. */
  readonly isReadable: boolean;
  /** The content as plain values; undefined for an empty file. */
  readonly content: unknown;
  readonly #document: ReturnType<typeof parseDocument>;
  readonly #lines = new LineCounter();
  readonly #problems: LocatedProblem[] = [];

  constructor(name: string, text: string, version: YamlVersion = '1.1') {
    this.name = name;
    this.#document = parseDocument(text, {
      version,
      // A key such as `yes` is a name here, not a boolean.
      stringKeys: true,
      lineCounter: this.#lines,
      prettyErrors: false,
    });
    for (const error of this.#document.errors) {
      this.#problems.push({ line: this.#lines.linePos(error.pos[0]).line, text: error.message });
    }
    this.#noteMissingAnchors();
    this.isReadable = this.#problems.length === 0;
    this.content = this.isReadable ? (this.#document.toJS() ?? undefined) : undefined;
  }

  /** The problems so far, in the order of their lines. */
  get problems(): readonly LocatedProblem[] {
    return this.#problems.toSorted((a, b) => a.line - b.line);
  }

  /** Notes a problem at a place in the file; for a missing key, give the path of what should contain it. */
  problem(path: YamlPath, text: string): void {
    this.#problems.push({ line: this.lineOf(path), text });
  }

  /** @throws {YamlFileError} if any problem was noted, in the order of the lines. */
  throwIfBad(): void {
    if (this.#problems.length === 0) return;
    throw new YamlFileError(this.problems.map(({ line, text }) => `${this.name}:${line}: ${text}`));
  }

  /** The line, from 1, of the key or list item at this path; of what contains it where there is none. */
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

  /** The value at a path; undefined if there is none. */
  valueAt(path: YamlPath): unknown {
    let value = this.content;
    for (const step of path) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
      value = (value as Record<string | number, unknown>)[step];
    }
    return value;
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
    subject: string,
    keys?: readonly string[],
  ): Record<string, unknown> | undefined {
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'object' || Array.isArray(value)) {
      this.problem(path, `${subject} must be a mapping of names to values`);
      return undefined;
    }
    if (keys) {
      for (const key of Object.keys(value)) {
        if (!keys.includes(key)) {
          this.problem([...path, key], `unknown key "${key}" in ${subject}; known keys: ${keys.join(', ')}`);
        }
      }
    }
    return value as Record<string, unknown>;
  }

  /** The value as a list; otherwise notes what is wrong. Missing → undefined. */
  list(value: unknown, path: YamlPath, subject: string): unknown[] | undefined {
    if (value === undefined || value === null) return undefined;
    if (Array.isArray(value)) return value;
    this.problem(path, `${subject} must be a list`);
    return undefined;
  }

  /** The value as text that matches; numbers are taken by their digits, as gcloud does. Missing → undefined. */
  text(
    value: unknown,
    path: YamlPath,
    subject: string,
    pattern: RegExp,
    expected: string,
  ): string | undefined {
    if (value === undefined || value === null) return undefined;
    const text = typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
    if (text !== undefined && pattern.test(text)) return text;
    this.problem(path, `${subject} must be ${expected}, got ${JSON.stringify(value)}`);
    return undefined;
  }

  #noteMissingAnchors(): void {
    visit(this.#document, {
      Alias: (_key, alias) => {
        if (alias.resolve(this.#document) !== undefined) return;
        const { line } = this.#lines.linePos(alias.range?.[0] ?? 0);
        this.#problems.push({ line, text: `the alias *${alias.source} has no anchor before it` });
      },
    });
  }
}

/** Reads a text as YAML. @throws {YamlFileError} naming its syntax errors, if it is none */
export function parseYaml(file: string, text: string, version?: YamlVersion): YamlFile {
  const yaml = new YamlFile(file, text, version);
  if (!yaml.isReadable) yaml.throwIfBad();
  return yaml;
}
