import { escapePointer } from '@waybill/contract-kit';
import type { JsonSchema, SchemaObject } from '@waybill/schema-evolution';
import { type SchemaParts, schemaParts, type Trail } from './schema-parts.ts';
import { code, rulesOf, typeText } from './schema-rules.ts';

/** A member of a payload, as a page shows it. */
export interface SchemaMember {
  /**
   * Its place in the payload; empty for the payload itself. `*` stands for each item, a number for an item of a tuple, `{…}`
   * for a name: any other one, or one that matches the pattern.
   */
  readonly path: string;
  readonly type: string;
  /** undefined where it does not apply: an item, or a member whose name is free. */
  readonly required: boolean | undefined;
  /** Its conditions in words: `1 to 50 items`. */
  readonly rules: readonly string[];
  readonly description: string;
}

/** Limits a page: references may unfold to any number of members. */
const MAX_MEMBERS = 300;

/** The members of an object's schema, each followed by the members inside of it, in the order of the schema. */
export function membersOf(schema: JsonSchema): SchemaMember[] {
  return new MemberList(schema).members;
}

/** The schemas that a keyword holds, by name. */
type Named = Readonly<Record<string, JsonSchema>>;

/** What is known of the value at a place. */
interface Place {
  readonly path: string;
  /** The form of a union that it belongs to: `in form 1 of 2`. */
  readonly form: string | undefined;
  readonly trail: Trail;
  /** Whether a schema around this one refuses further members. */
  readonly isClosed: boolean;
}

class MemberList {
  readonly members: SchemaMember[] = [];
  readonly #root: JsonSchema;

  constructor(root: JsonSchema) {
    this.#root = root;
    const place: Place = { path: '', form: undefined, trail: new Map([['', '']]), isClosed: false };
    const parts = this.#parts(root, place);
    this.#addInside(parts, place);
  }

  #parts(schema: JsonSchema, { path, trail }: Place): SchemaParts {
    return schemaParts(schema, this.#root, path, trail);
  }

  /** Adds the value at a place, and all that is inside of it. */
  #add(schema: JsonSchema, required: boolean | undefined, place: Place): void {
    if (this.members.length >= MAX_MEMBERS) {
      if (this.members.length === MAX_MEMBERS) {
        this.members.push({
          path: '…',
          type: '',
          required: undefined,
          rules: [],
          description: 'More members follow.',
        });
      }
      return;
    }
    const parts = this.#parts(schema, place);
    const description = parts.objects.find((part) => part['description'] !== undefined)?.['description'];
    this.members.push({
      path: place.path,
      type: this.#typeOf(parts, place),
      required,
      rules: [
        ...(place.form === undefined ? [] : [place.form]),
        ...rulesOf(parts.objects),
        ...openness(parts, place),
      ],
      description: String(description ?? ''),
    });
    this.#addInside(parts, place);
  }

  #typeOf(parts: SchemaParts, place: Place): string {
    if (parts.isImpossible) return 'nothing';
    if (parts.sameAs !== undefined)
      return parts.sameAs === '' ? 'as the payload' : `as ${code(parts.sameAs)}`;
    const [union] = unionsOf(parts);
    if (union === undefined) return typeText(parts.objects);
    return this.#isFlat(union, place)
      ? union.map((form) => this.#flatText(form, place)).join(' or ')
      : `one of ${union.length} forms`;
  }

  /** A form of a union in words, with its rules. */
  #flatText(form: JsonSchema, place: Place): string {
    const { objects, isImpossible } = this.#parts(form, place);
    if (isImpossible) return 'nothing';
    const rules = rulesOf(objects);
    return rules.length === 0 ? typeText(objects) : `${typeText(objects)} (${rules.join('; ')})`;
  }

  /** Whether no form of a union has anything inside. */
  #isFlat(union: readonly JsonSchema[], place: Place): boolean {
    return union.every((form) => {
      const parts = this.#parts(form, place);
      const isLeaf = parts.objects.every(({ type, ...schema }) => {
        const inside = ['properties', 'patternProperties', 'prefixItems', 'items'];
        return type !== 'object' && type !== 'array' && !inside.some((keyword) => keyword in schema);
      });
      return isLeaf && parts.sameAs === undefined && unionsOf(parts).length === 0;
    });
  }

  #addInside(parts: SchemaParts, place: Place): void {
    this.#addMembers(parts, place);
    this.#addItems(parts, place);
    for (const union of unionsOf(parts)) {
      if (place.path === '' || !this.#isFlat(union, place)) this.#addForms(union, parts, place);
    }
  }

  #addMembers({ objects, trail }: SchemaParts, place: Place): void {
    const required = new Set(objects.flatMap((part) => (part['required'] as string[] | undefined) ?? []));
    for (const [name, schemas] of grouped(objects, 'properties')) {
      this.#add(joined(schemas), required.has(name), inside(place, escapePointer(name), trail));
    }
    for (const [pattern, schemas] of grouped(objects, 'patternProperties')) {
      this.#add(joined(schemas), undefined, inside(place, `{${pattern}}`, trail));
    }
    for (const part of objects) {
      for (const others of [part['additionalProperties'], part['unevaluatedProperties']]) {
        if (typeof others === 'object')
          this.#add(others as SchemaObject, undefined, inside(place, '{other}', trail));
      }
    }
  }

  #addItems({ objects, trail }: SchemaParts, place: Place): void {
    for (const { prefixItems = [], items, minItems = 0 } of objects) {
      for (const [index, item] of (prefixItems as JsonSchema[]).entries()) {
        this.#add(item, index < Number(minItems), inside(place, String(index), trail));
      }
      if (typeof items === 'object') this.#add(items as SchemaObject, undefined, inside(place, '*', trail));
    }
  }

  #addForms(union: readonly JsonSchema[], { objects, trail }: SchemaParts, { path, form }: Place): void {
    for (const [index, alternative] of union.entries()) {
      const name = `form ${index + 1} of ${union.length}`;
      const within = form === undefined ? `in ${name}` : `${form}, ${name}`;
      this.#add(alternative, undefined, { path, form: within, trail, isClosed: isClosed(objects) });
    }
  }
}

/** A place inside of another. */
function inside({ path, form }: Place, step: string, trail: Trail): Place {
  return { path: path === '' ? step : `${path}/${step}`, form, trail, isClosed: false };
}

/** The alternatives of each `anyOf` and `oneOf`. */
function unionsOf({ objects }: SchemaParts): (readonly JsonSchema[])[] {
  return objects.flatMap((part) =>
    [part['anyOf'], part['oneOf']].filter((union): union is JsonSchema[] => Array.isArray(union)),
  );
}

/** The schemas under a keyword of several parts, by member. */
function grouped(objects: readonly SchemaObject[], keyword: string): Map<string, JsonSchema[]> {
  const byName = new Map<string, JsonSchema[]>();
  for (const part of objects) {
    for (const [name, schema] of Object.entries((part[keyword] as Named | undefined) ?? {})) {
      byName.set(name, [...(byName.get(name) ?? []), schema]);
    }
  }
  return byName;
}

function joined(schemas: readonly JsonSchema[]): JsonSchema {
  const [first = true] = schemas;
  return schemas.length === 1 ? first : { allOf: schemas };
}

/** The rule of an object that takes members beside those that are listed. Of a union, each form says so itself. */
function openness(parts: SchemaParts, place: Place): string[] {
  const { objects, sameAs } = parts;
  const isObject = objects.some(({ type, properties }) => type === 'object' || properties !== undefined);
  const isOpen = isObject && !place.isClosed && !isClosed(objects);
  return isOpen && sameAs === undefined && unionsOf(parts).length === 0 ? ['other members are accepted'] : [];
}

function isClosed(objects: readonly SchemaObject[]): boolean {
  return objects.some(
    ({ additionalProperties = true, unevaluatedProperties = true }) =>
      additionalProperties !== true || unevaluatedProperties !== true,
  );
}
