import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Violation } from './errors.ts';

/** Problems beyond these say nothing new; a hostile body must not become a long error. */
const MOST_VIOLATIONS = 20;

/**
 * The project's JSON Schema 2020-12 dialect: strict (an unknown keyword or format is an error), every problem is
 * reported, nothing is coerced or filled in, for both sides must see the very same payload.
 */
export function createSchemaValidator(schema: object): (value: unknown) => Violation[] {
  const ajv = new Ajv2020({
    strict: true,
    // A branch of `oneOf` may require a property that its parent declares.
    strictRequired: false,
    allErrors: true,
    // Its default would print schema problems to the console.
    logger: false,
  });
  addFormats.default(ajv);
  const validate: ValidateFunction = ajv.compile(schema);
  return (value) => (validate(value) ? [] : violationsOf(validate.errors ?? [], value));
}

function violationsOf(errors: ErrorObject[], value: unknown): Violation[] {
  return errors.slice(0, MOST_VIOLATIONS).map((error) => {
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
