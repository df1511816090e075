import type { ErrorObject } from 'ajv/dist/2020.js';
import { compileSchema } from './compile-schema.ts';
import type { Violation } from './errors.ts';

/** Problems beyond these say nothing new; a hostile body must not become a long error. */
const MAX_VIOLATIONS = 20;

/**
 * A validator of the project's dialect of JSON Schema 2020-12 (see compile-schema.ts): tells all that is wrong with a value,
 * by the places and kinds of things, never by their values.
 * @throws {Error} if the schema is not one
 */
export function createSchemaValidator(schema: object): (value: unknown) => Violation[] {
  const validate = compileSchema(schema);
  return (value) => (validate(value) ? [] : violationsOf(validate.errors ?? [], value));
}

function violationsOf(errors: ErrorObject[], value: unknown): Violation[] {
  return errors.slice(0, MAX_VIOLATIONS).map((error) => {
    const { keyword, instancePath, params } = error;
    if (keyword === 'required') {
      return {
        pointer: `${instancePath}/${escapePointer(String(params['missingProperty']))}`,
        message: 'is required',
      };
    }
    if (keyword === 'additionalProperties' || keyword === 'unevaluatedProperties') {
      const member = String(params['additionalProperty'] ?? params['unevaluatedProperty']).slice(0, 100);
      return { pointer: `${instancePath}/${escapePointer(member)}`, message: 'is not a known member' };
    }
    if (keyword === 'enum') {
      const allowed = (params['allowedValues'] as unknown[]).map((item) => JSON.stringify(item)).join(', ');
      return { pointer: instancePath, message: `must be one of ${allowed}` };
    }
    const kind = keyword === 'type' ? `, got ${kindOf(at(value, instancePath))}` : '';
    return { pointer: instancePath, message: `${error.message ?? `breaks "${keyword}"`}${kind}` };
  });
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function escapePointer(member: string): string {
  return member.replaceAll('~', '~0').replaceAll('/', '~1');
}

function at(value: unknown, pointer: string): unknown {
  let here = value;
  for (const part of pointer.split('/').slice(1)) {
    here = (here as Record<string, unknown>)[part.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return here;
}
