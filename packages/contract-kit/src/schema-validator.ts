import type { ErrorObject } from 'ajv/dist/2020.js';
import { compileSchema } from './compile-schema.ts';
import type { Violation } from './errors.ts';
import { escapePointer, valueAt } from './json-pointer.ts';

/** Limits the error text that a hostile body can cause. */
const MAX_VIOLATIONS = 20;

/**
 * Creates a validator for the project's dialect of JSON Schema 2020-12 (see compile-schema.ts). It lists all violations,
 * and never quotes values from the payload.
 * @throws {Error} if the schema is invalid
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
    const kind = keyword === 'type' ? `, got ${kindOf(valueAt(value, instancePath))}` : '';
    return { pointer: instancePath, message: `${error.message ?? `breaks "${keyword}"`}${kind}` };
  });
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
