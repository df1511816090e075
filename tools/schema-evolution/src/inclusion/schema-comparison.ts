import { type Alternative, type ShapedAlternative, schemaOf } from '../alternatives/alternative.ts';
import { alternativesOf } from '../alternatives/alternatives.ts';
import { listOf, numberLineOf } from '../alternatives/number-line.ts';
import { SchemaSampler } from '../samples/schema-sampler.ts';
import { intersectionOf } from '../schema/intersection.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import type { SchemaSpace } from '../schema/schema-space.ts';
import { UndecidableError } from '../schema/undecidable-error.ts';
import { compareArrays } from './compare-arrays.ts';
import { compareNumbers } from './compare-numbers.ts';
import { compareObjects } from './compare-objects.ts';
import { compareStrings, isCoveredByStrings } from './compare-strings.ts';
import { type Difference, type DifferenceKind, withCandidates } from './difference.ts';
import type { InnerComparison } from './inner-comparison.ts';
import { isEmptyShape } from './is-empty-shape.ts';
import { pointerOf, pointerOfValues } from './schema-pointers.ts';
import { splitAlternative } from './split-alternative.ts';

/** Limits the questions about parts. Beyond it the answer is "undecided". */
const MAX_QUESTIONS = 20_000;
/** Limits questions inside of questions, because a schema may grow without end while it is followed. */
const MAX_EMPTINESS_DEPTH = 40;
const MAX_SPLIT_DEPTH = 4;
const MAX_CANDIDATES = 12;
const MAX_SHOWN_VALUES = 5;
const MAX_SHOWN_LENGTH = 40;

/** The reader's side of a comparison. */
interface Reader {
  readonly schema: JsonSchema;
  readonly alternatives: readonly Alternative[];
}

/** The questions that were asked about the schemas of one space, and the answers that hold wherever they are asked. */
class Answers {
  questions = 0;
  readonly emptiness = new Map<string, boolean>();
  /** Pairs for which a proof was found. */
  readonly included = new Set<string>();
  /** The differences of the other pairs, for each place and depth. */
  readonly differences = new Map<string, readonly Difference[]>();
}

/**
 * Compares which values two schemas accept: whether `read` accepts each value that `sent` accepts. It errs on one side only:
 * no difference is a proof that there is none; a reported difference may turn out to be none.
 */
export class SchemaComparison implements InnerComparison {
  readonly space: SchemaSpace;
  readonly sampler: SchemaSampler;
  readonly #answers: Answers;
  /** Questions about emptiness that were not followed, because they were open already. */
  #cutOffs = 0;
  /** Pairs that are being compared, with the depth of their values. */
  readonly #open = new Map<string, number>();
  /** Proofs that assumed a pair which was open. They hold only inside of that pair's own proof. */
  #assumptions = 0;
  readonly #openEmptiness = new Set<string>();

  constructor(space: SchemaSpace, answers = new Answers()) {
    this.space = space;
    this.sampler = new SchemaSampler(this);
    this.#answers = answers;
  }

  /**
   * The differences between two schemas; none if it is proven that `read` accepts all that `sent` accepts.
   * @param depth the number of members and items that the values are inside of
   */
  compare(sent: JsonSchema, read: JsonSchema, depth = 0): readonly Difference[] {
    if (read === true || sent === false) return [];
    const key = `${this.space.fingerprint(sent)} ⊆ ${this.space.fingerprint(read)}`;
    if (this.#answers.included.has(key) || this.#isWrittenInto(sent, read)) return [];
    const openAt = this.#open.get(key);
    if (openAt !== undefined) {
      // A recursive schema: a proof for a value may assume the same for the values inside of it.
      if (openAt >= depth) throw new UndecidableError('it refers to itself without end');
      this.#assumptions += 1;
      return [];
    }
    // Differences name places in the reader's document.
    const place = `${key} at ${depth} ${pointerOf(this.space, read)}`;
    const known = this.#answers.differences.get(place);
    if (known !== undefined) return known;
    const assumptions = this.#assumptions;
    const differences = this.#compareOpen(sent, read, key, depth);
    if (differences.length > 0) this.#answers.differences.set(place, differences);
    else if (this.#assumptions === assumptions) this.#answers.included.add(key);
    return differences;
  }

  #compareOpen(sent: JsonSchema, read: JsonSchema, key: string, depth: number): readonly Difference[] {
    this.#ask();
    this.#open.set(key, depth);
    try {
      const reader = { schema: read, alternatives: this.alternatives(read) };
      const differences = this.alternatives(sent).flatMap((one) =>
        this.#compareAlternative(one, reader, depth),
      );
      return differences.map((difference) =>
        withCandidates(difference, (values) =>
          values.filter((value) => this.#isRejected(value, sent, read)).slice(0, MAX_CANDIDATES),
        ),
      );
    } catch (error) {
      if (!(error instanceof UndecidableError)) throw error;
      return [this.#undecided(sent, read, error.message)];
    } finally {
      this.#open.delete(key);
    }
  }

  alternatives(schema: JsonSchema): readonly Alternative[] {
    return alternativesOf(this.space, schema, (one, other) => this.isEmpty(intersectionOf(one, other)));
  }

  isEmpty(schema: JsonSchema): boolean {
    if (typeof schema === 'boolean') return !schema;
    const key = this.space.fingerprint(schema);
    const known = this.#answers.emptiness.get(key);
    if (known !== undefined) return known;
    if (this.#openEmptiness.has(key) || this.#openEmptiness.size > MAX_EMPTINESS_DEPTH) {
      this.#cutOffs += 1;
      return false;
    }
    this.#openEmptiness.add(key);
    const cutOffs = this.#cutOffs;
    try {
      this.#ask();
      const empty = this.alternatives(schema).every((one) => this.#isEmptyAlternative(one));
      // "Not proven" may be caused by another question that is still open.
      const isFinal = empty || this.#openEmptiness.size === 1 || this.#cutOffs === cutOffs;
      if (isFinal) this.#answers.emptiness.set(key, empty);
      return empty;
    } catch (error) {
      if (error instanceof UndecidableError) return false;
      throw error;
    } finally {
      this.#openEmptiness.delete(key);
    }
  }

  #compareAlternative(sent: Alternative, reader: Reader, depth: number, splits = 0): readonly Difference[] {
    const listed = this.#valuesOf(sent);
    if (listed !== undefined) return this.#compareListed(listed, reader);
    if (sent.kind === 'finite' || this.#isEmptyAlternative(sent)) return [];

    const targets = reader.alternatives;
    const results = targets
      .filter((target): target is ShapedAlternative => target.kind === sent.kind)
      .map((target) => this.#comparePair(sent, target, depth));
    if (results.some((differences) => differences.length === 0)) return [];
    if (sent.kind === 'string' && isCoveredByStrings(sent, targets)) return [];
    if (targets.length > 1 && splits < MAX_SPLIT_DEPTH) {
      const parts = splitAlternative(this, sent, targets);
      if (parts.length > 1) {
        return parts.flatMap((part) =>
          this.alternatives(part).flatMap((one) => this.#compareAlternative(one, reader, depth, splits + 1)),
        );
      }
    }
    return this.#explain(sent, reader, results, depth);
  }

  #compareListed(values: readonly unknown[], { schema, alternatives }: Reader): readonly Difference[] {
    const rejected = values.filter((value) => !this.space.accepts(schema, value));
    if (rejected.length === 0) return [];
    const pointer =
      alternatives.length === 0 ? pointerOf(this.space, schema) : pointerOfValues(this.space, schema);
    const message = `no longer accepts ${describeValues(rejected)}`;
    return [{ kind: 'values', pointer, message, candidates: () => rejected }];
  }

  /** The differences to report for an alternative that fits into none of the reader's. */
  #explain(
    sent: ShapedAlternative,
    { schema, alternatives }: Reader,
    results: readonly (readonly Difference[])[],
    depth: number,
  ): readonly Difference[] {
    const samples = (): readonly unknown[] => this.sampler.candidates(sent, depth);
    const [only] = results;
    if (results.length === 1 && only !== undefined) {
      return only.map((difference) => withCandidates(difference, (values) => [...values, ...samples()]));
    }
    const candidates = (): readonly unknown[] => [
      ...results.flat().flatMap((difference) => difference.candidates()),
      ...samples(),
    ];
    const pointer = pointerOf(this.space, schema);
    if (results.length > 0) {
      const message = 'none of its alternatives is sure to accept what was accepted';
      return [{ kind: 'union', pointer, message, candidates }];
    }
    if (alternatives.some(({ kind }) => kind === 'finite') && schema !== false) {
      const message = `accepts only some values where there was any ${sent.kind}`;
      return [{ kind: 'values', pointer: pointerOfValues(this.space, schema), message, candidates }];
    }
    const at = typeof schema === 'object' && 'type' in schema ? `${pointer}/type` : pointer;
    const message = `no longer accepts a value of type ${sent.kind}`;
    return [{ kind: 'type', pointer: at, message, candidates }];
  }

  #comparePair(sent: ShapedAlternative, read: ShapedAlternative, depth: number): readonly Difference[] {
    this.space.work.spend(1);
    const differences = [...this.#compareShapes(sent, read, depth)];
    const report = (kind: DifferenceKind, message: string, candidates: () => readonly unknown[]): void => {
      differences.push({ kind, pointer: pointerOf(this.space, ...read.sources), message, candidates });
    };
    for (const not of read.nots) {
      const excluded = intersectionOf(schemaOf(sent), not);
      const isExcludedBySent = sent.nots.some((own) => this.compare(not, own, depth).length === 0);
      if (isExcludedBySent || this.isEmpty(excluded)) continue;
      report('excluded', 'excludes values that may have been accepted', () => this.sampler.samples(excluded));
    }
    for (const part of read.opaque) {
      if (sent.opaque.some((own) => this.space.fingerprint(own) === this.space.fingerprint(part))) continue;
      report('undecidable', 'holds keywords whose effect can’t be compared', () => []);
    }
    return differences;
  }

  /** Compares the conditions of two alternatives of one kind. */
  #compareShapes(sent: ShapedAlternative, read: ShapedAlternative, depth: number): readonly Difference[] {
    switch (sent.kind) {
      case 'number':
        return compareNumbers(this.space, sent, read as typeof sent);
      case 'string':
        return compareStrings(this.space, sent, read as typeof sent);
      case 'array':
        return compareArrays(this, sent, read as typeof sent, depth);
      case 'object':
        return compareObjects(this, sent, read as typeof sent, depth);
    }
  }

  #isEmptyAlternative(alternative: Alternative): boolean {
    if (alternative.kind === 'finite') return alternative.values.length === 0;
    if (alternative.nots.some((not) => this.#isInside(alternative, not))) return true;
    return isEmptyShape(this, alternative);
  }

  /** Whether it is proven that a schema which the alternative excludes accepts all of its values. */
  #isInside(alternative: ShapedAlternative, not: JsonSchema): boolean {
    const positive = { ...alternative, nots: alternative.nots.filter((other) => other !== not) };
    const targets = this.alternatives(not).filter(
      (target): target is ShapedAlternative => target.kind === positive.kind,
    );
    // A comparison of its own: a proof that assumes a pair which is still open would be circular.
    const fresh = new SchemaComparison(this.space, this.#answers);
    for (const key of this.#openEmptiness) fresh.#openEmptiness.add(key);
    const isInside = targets.some((target) => fresh.#comparePair(positive, target, 0).length === 0);
    this.#cutOffs += fresh.#cutOffs;
    return isInside;
  }

  /** All values of an alternative, if there are only a few. */
  #valuesOf(alternative: Alternative): readonly unknown[] | undefined {
    if (alternative.kind === 'finite') return alternative.values;
    if (alternative.kind !== 'number') return undefined;
    const whole = schemaOf(alternative);
    return listOf(numberLineOf(alternative.shape))?.filter((value) => this.space.accepts(whole, value));
  }

  #isRejected(value: unknown, sent: JsonSchema, read: JsonSchema): boolean {
    return this.space.accepts(sent, value) && !this.space.accepts(read, value);
  }

  #ask(): void {
    this.#answers.questions += 1;
    if (this.#answers.questions > MAX_QUESTIONS) throw new UndecidableError('comparing them takes too long');
  }

  /** Whether both are the same, `sent` is written as all of `read` and others, or `read` as any of `sent` and others. */
  #isWrittenInto(sent: JsonSchema, read: JsonSchema): boolean {
    const [whole, part] = [this.space.fingerprint(sent), this.space.fingerprint(read)];
    if (whole === part) return true;
    const conjuncts = partsOf(sent, 'allOf');
    const isUnion = typeof read === 'object' && Object.keys(read).every((keyword) => keyword === 'anyOf');
    const choices = isUnion ? partsOf(read, 'anyOf') : [];
    return (
      conjuncts.some((one) => this.space.fingerprint(one) === part) ||
      choices.some((one) => this.space.fingerprint(one) === whole)
    );
  }

  #undecided(sent: JsonSchema, read: JsonSchema, reason: string): Difference {
    return {
      kind: 'undecidable',
      pointer: pointerOf(this.space, read),
      message: `can’t be compared: ${reason}`,
      candidates: () => this.sampler.samples(sent).filter((value) => !this.space.accepts(read, value)),
    };
  }
}

function partsOf(schema: JsonSchema, keyword: string): readonly JsonSchema[] {
  return typeof schema === 'object' ? ((schema[keyword] as readonly JsonSchema[] | undefined) ?? []) : [];
}

function describeValues(values: readonly unknown[]): string {
  const shown = values
    .slice(0, MAX_SHOWN_VALUES)
    .map((value) => JSON.stringify(value).slice(0, MAX_SHOWN_LENGTH));
  return values.length > shown.length ? `${shown.join(', ')} and others` : shown.join(', ');
}
