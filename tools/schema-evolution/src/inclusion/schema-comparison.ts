import { type Alternative, alternativesOf, type Infinite, schemaOf } from '../alternatives/alternatives.ts';
import { ArrayItems } from '../alternatives/array-items.ts';
import { isEmptyLine, listOf, numberLineOf } from '../alternatives/number-line.ts';
import { ObjectMembers } from '../alternatives/object-members.ts';
import { stringSetsOf } from '../alternatives/string-sets.ts';
import { findStrings } from '../patterns/find-strings.ts';
import { sampleAlternative } from '../samples/schema-sampler.ts';
import { bothOf, escapePointer, type JsonSchema, UndecidableError } from '../schema/json-schema.ts';
import type { SchemaSpace } from '../schema/schema-space.ts';
import { compareArrays } from './compare-arrays.ts';
import { compareObjects } from './compare-objects.ts';
import { compareNumbers, compareStrings, isCoveredByStrings } from './compare-strings.ts';
import type { Difference, DifferenceKind } from './difference.ts';
import { splitAlternative } from './split-alternative.ts';

/** How many questions about parts are asked before the answer is "can't tell". */
const MAX_QUESTIONS = 20_000;
/** How many questions may hang on each other: a schema that grows while it is followed has no end. */
const MAX_EMPTINESS_DEPTH = 40;
const MAX_SPLIT_DEPTH = 4;
const MAX_CANDIDATES = 12;
/** Of a list of values, so many strings are held against a pattern. */
const MAX_LISTED_WORDS = 64;
/** Of values in values, for a payload that shows something. */
const MAX_SAMPLE_DEPTH = 6;

/**
 * Compares what two schemas accept: whether each value that the one accepts is accepted by the other. It errs on one side
 * only: no difference means that there is none; a difference may turn out to be none.
 */
export class SchemaComparison {
  readonly space: SchemaSpace;
  readonly #questions: { count: number };
  /** Pairs that are being compared, with how deep in the values that is. */
  readonly #open = new Map<string, number>();
  readonly #openEmptiness = new Set<string>();
  readonly #samples = new Map<string, readonly unknown[]>();
  readonly #emptiness = new Map<string, boolean>();

  constructor(space: SchemaSpace, questions = { count: 0 }) {
    this.space = space;
    this.#questions = questions;
  }

  /**
   * What the one accepts and the other may not; nothing if all that matches `sent` is proven to match `read`.
   * @param depth how many members or items the values are inside of
   */
  compare(sent: JsonSchema, read: JsonSchema, depth = 0): readonly Difference[] {
    if (read === true || sent === false) return [];
    const key = `${this.space.fingerprint(sent)} ⊆ ${this.space.fingerprint(read)}`;
    if (this.space.fingerprint(sent) === this.space.fingerprint(read)) return [];
    this.#ask();
    const openAt = this.#open.get(key);
    if (openAt !== undefined) {
      // A schema that holds itself: what is to be shown for a value may be taken as shown for what is inside of it.
      if (openAt < depth) return [];
      throw new UndecidableError('it refers to itself without end');
    }
    this.#open.set(key, depth);
    try {
      const targets = this.alternatives(read);
      const found = this.alternatives(sent).flatMap((one) =>
        this.#compareAlternative(one, targets, read, depth, 0),
      );
      return found.map((difference) => ({
        ...difference,
        candidates: () =>
          difference
            .candidates()
            .filter((value) => this.space.accepts(sent, value) && !this.space.accepts(read, value))
            .slice(0, MAX_CANDIDATES),
      }));
    } catch (error) {
      if (!(error instanceof UndecidableError)) throw error;
      return [this.#undecided(sent, read, error.message)];
    } finally {
      this.#open.delete(key);
    }
  }

  alternatives(schema: JsonSchema): readonly Alternative[] {
    return alternativesOf(this.space, schema, (one, other) => this.isEmpty(bothOf(one, other)));
  }

  /** Whether no value matches, for certain. */
  isEmpty(schema: JsonSchema): boolean {
    if (typeof schema === 'boolean') return !schema;
    const key = this.space.fingerprint(schema);
    const known = this.#emptiness.get(key);
    if (known !== undefined) return known;
    if (this.#openEmptiness.has(key) || this.#openEmptiness.size > MAX_EMPTINESS_DEPTH) return false;
    this.#openEmptiness.add(key);
    try {
      this.#ask();
      const empty = this.alternatives(schema).every((one) => this.#isEmptyAlternative(one));
      // "Not proven" may be due to a question that is still open.
      if (empty || this.#openEmptiness.size === 1) this.#emptiness.set(key, empty);
      return empty;
    } catch (error) {
      if (error instanceof UndecidableError) return false;
      throw error;
    } finally {
      this.#openEmptiness.delete(key);
    }
  }

  /** Values of a schema: a few, of different looks. */
  samples(schema: JsonSchema, depth = 0): readonly unknown[] {
    if (depth > MAX_SAMPLE_DEPTH) return [];
    const key = `${depth} ${this.space.fingerprint(schema)}`;
    const known = this.#samples.get(key);
    if (known !== undefined) return known;
    try {
      const found = this.alternatives(schema)
        .flatMap((one) => sampleAlternative(this, one, depth))
        .filter((value) => this.space.accepts(schema, value))
        .slice(0, MAX_CANDIDATES);
      this.#samples.set(key, found);
      return found;
    } catch (error) {
      if (error instanceof UndecidableError) return [];
      throw error;
    }
  }

  /** Where a keyword of an alternative stands in the documents. */
  readonly locate = (alternative: Alternative, ...keywords: string[]): string => {
    for (const keyword of keywords) {
      for (const source of alternative.sources) {
        if (typeof source === 'boolean' || !(keyword in source)) continue;
        const pointer = this.space.pointerOf(source);
        if (pointer !== undefined) return `${pointer}/${escapePointer(keyword)}`;
      }
    }
    return this.#pointerOf(...alternative.sources);
  };

  #pointerOf(...schemas: readonly JsonSchema[]): string {
    for (const schema of schemas) {
      const pointer = this.space.pointerOf(schema);
      if (pointer !== undefined) return pointer;
      if (typeof schema === 'object' && Array.isArray(schema['allOf']))
        return this.#pointerOf(...schema['allOf']);
    }
    return '';
  }

  #compareAlternative(
    sent: Alternative,
    targets: readonly Alternative[],
    read: JsonSchema,
    depth: number,
    splits: number,
  ): readonly Difference[] {
    const listed = this.#valuesOf(sent);
    if (listed !== undefined) {
      const lost = listed.filter((value) => !this.space.accepts(read, value));
      if (lost.length === 0) return [];
      const pointer = targets.length === 0 ? this.#pointerOf(read) : this.#pointerOfValues(targets, read);
      return [
        { kind: 'values', pointer, message: `no longer accepts ${describe(lost)}`, candidates: () => lost },
      ];
    }
    if (sent.kind === 'finite') return [];
    if (this.#isEmptyAlternative(sent)) return [];

    const alike = targets.filter((target): target is Infinite => target.kind === sent.kind);
    const results = alike.map((target) => this.#comparePair(sent, target, depth));
    if (results.some((differences) => differences.length === 0)) return [];
    if (sent.kind === 'string' && targets.length > 0) {
      const strings = alike as Extract<Infinite, { kind: 'string' }>[];
      const listed = targets.flatMap((target) => (target.kind === 'finite' ? target.values : []));
      const words = listed.filter((value) => typeof value === 'string').slice(0, MAX_LISTED_WORDS);
      if (strings.length + words.length > 1 && isCoveredByStrings(sent, strings, words)) return [];
    }
    const hasChoice = targets.length > 1;
    if (hasChoice && splits < MAX_SPLIT_DEPTH) {
      const parts = splitAlternative(this, sent, targets);
      if (parts.length > 1) {
        return parts.flatMap((part) =>
          this.alternatives(part).flatMap((one) =>
            this.#compareAlternative(one, targets, read, depth, splits + 1),
          ),
        );
      }
    }

    const samples = (): readonly unknown[] => sampleAlternative(this, sent, depth);
    const [only] = results;
    if (results.length === 1 && only !== undefined) {
      return only.map((difference) => ({
        ...difference,
        candidates: () => [...difference.candidates(), ...samples()],
      }));
    }
    const candidates = (): readonly unknown[] => [
      ...results.flat().flatMap((difference) => difference.candidates()),
      ...samples(),
    ];
    const pointer = this.#pointerOf(read);
    if (results.length === 0) {
      const values = targets.filter(({ kind }) => kind === 'finite');
      if (values.length > 0 && read !== false) {
        const message = `accepts only some values where there was any ${sent.kind}`;
        return [{ kind: 'values', pointer: this.#pointerOfValues(targets, read), message, candidates }];
      }
      const at = typeof read === 'object' && 'type' in read ? `${pointer}/type` : pointer;
      return [
        { kind: 'type', pointer: at, message: `no longer accepts a value of type ${sent.kind}`, candidates },
      ];
    }
    return [
      {
        kind: 'union',
        pointer,
        message: `none of its alternatives is sure to accept what was accepted`,
        candidates,
      },
    ];
  }

  #pointerOfValues(targets: readonly Alternative[], read: JsonSchema): string {
    const pointer = this.#pointerOf(read);
    if (typeof read === 'boolean') return pointer;
    const keyword = ['enum', 'const', 'type', 'anyOf', 'oneOf'].find((name) => name in read);
    return keyword === undefined || targets.length === 0 ? pointer : `${pointer}/${keyword}`;
  }

  #comparePair(sent: Infinite, read: Infinite, depth: number): readonly Difference[] {
    const differences = [...this.#compareShapes(sent, read, depth)];
    const add = (kind: DifferenceKind, message: string, candidates: () => readonly unknown[]): void => {
      differences.push({ kind, pointer: this.#pointerOf(...read.sources), message, candidates });
    };
    for (const not of read.nots) {
      const excluded = bothOf(schemaOf(sent), not);
      if (sent.nots.some((own) => this.compare(not, own, depth).length === 0) || this.isEmpty(excluded))
        continue;
      add('excluded', 'excludes values that may have been accepted', () => this.samples(excluded));
    }
    for (const part of read.opaque) {
      if (sent.opaque.some((own) => this.space.fingerprint(own) === this.space.fingerprint(part))) continue;
      add('undecidable', 'holds keywords whose effect can’t be compared', () => []);
    }
    return differences;
  }

  #compareShapes(sent: Infinite, read: Infinite, depth: number): readonly Difference[] {
    switch (sent.kind) {
      case 'number':
        return compareNumbers(sent, read as typeof sent, this.locate);
      case 'string':
        return compareStrings(sent, read as typeof sent, this.locate);
      case 'array':
        return compareArrays(this, sent, read as typeof sent, depth);
      case 'object':
        return compareObjects(this, sent, read as typeof sent, depth);
    }
  }

  #isEmptyAlternative(alternative: Alternative): boolean {
    if (alternative.kind === 'finite') return alternative.values.length === 0;
    // Compared as values of their own: a proof that leans on a pair further out would run in a circle.
    if (alternative.nots.some((not) => this.#isInside(alternative, not))) return true;
    switch (alternative.kind) {
      case 'number':
        return isEmptyLine(numberLineOf(alternative.shape));
      case 'string':
        return findStrings(stringSetsOf(alternative.shape).outer, [])?.length === 0;
      case 'array': {
        const items = new ArrayItems(alternative, (schema) => this.isEmpty(schema));
        if (items.minItems > items.maxItems) return true;
        const schemas = Array.from({ length: items.prefixLength + 1 }, (_none, index) => items.itemAt(index));
        return items.contains.some(
          ({ schema, least }) => least > 0 && schemas.every((item) => this.isEmpty(bothOf(item, schema))),
        );
      }
      case 'object': {
        const members = new ObjectMembers(this.space, alternative);
        if (members.minProperties > members.maxProperties || members.required.size > members.maxProperties)
          return true;
        return [...members.required].some((name) => this.isEmpty(members.valueOf(name)));
      }
    }
  }

  /** All values of an alternative, where they are few. */
  #valuesOf(alternative: Alternative): readonly unknown[] | undefined {
    if (alternative.kind === 'finite') return alternative.values;
    if (alternative.kind !== 'number') return undefined;
    const whole = schemaOf(alternative);
    return listOf(numberLineOf(alternative.shape))?.filter((value) => this.space.accepts(whole, value));
  }

  #isInside(alternative: Infinite, not: JsonSchema): boolean {
    const positive = { ...alternative, nots: alternative.nots.filter((other) => other !== not) };
    const targets = this.alternatives(not).filter(
      (target): target is Infinite => target.kind === positive.kind,
    );
    const fresh = new SchemaComparison(this.space, this.#questions);
    for (const key of this.#openEmptiness) fresh.#openEmptiness.add(key);
    return targets.some((target) => fresh.#comparePair(positive, target, 0).length === 0);
  }

  #ask(): void {
    this.#questions.count += 1;
    if (this.#questions.count > MAX_QUESTIONS) throw new UndecidableError('comparing them takes too long');
  }

  #undecided(sent: JsonSchema, read: JsonSchema, why: string): Difference {
    return {
      kind: 'undecidable',
      pointer: this.#pointerOf(read),
      message: `can’t be compared: ${why}`,
      candidates: () => this.samples(sent).filter((value) => !this.space.accepts(read, value)),
    };
  }
}

function describe(values: readonly unknown[]): string {
  const shown = values.slice(0, 5).map((value) => JSON.stringify(value).slice(0, 40));
  return values.length > shown.length ? `${shown.join(', ')} and others` : shown.join(', ');
}
